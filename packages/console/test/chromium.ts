/**
 * A browser for tests and pictures: Debian's Chromium, steered by playwright-core, which brings none of its own.
 */
import * as Fs from "node:fs"
import { type Browser, chromium } from "playwright-core"

/** Where it may be. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** Where it is; undefined on a machine that has none. */
export const chromiumFile: string | undefined = places.find((file) => Fs.existsSync(file))

/** Starts it. As root, which is who runs in a container, it has no sandbox of its own. */
export const launchChromium = (file: string): Promise<Browser> =>
  chromium.launch({
    executablePath: file,
    args: ["--disable-gpu", "--force-color-profile=srgb", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])]
  })
