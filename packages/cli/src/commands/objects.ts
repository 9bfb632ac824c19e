/**
 * The commands for objects and what belongs to them.
 *
 * @internal
 */
import { acl } from "./objects/acl.ts"
import { annotation } from "./objects/annotations.ts"
import { cp } from "./objects/copying.ts"
import { rm } from "./objects/deleting.ts"
import { find } from "./objects/finding.ts"
import { du, ls, tree } from "./objects/listing.ts"
import { mv } from "./objects/moving.ts"
import { presign } from "./objects/presigning.ts"
import { hold, retention } from "./objects/protecting.ts"
import { cat, stat, versions } from "./objects/reading.ts"
import { restore } from "./objects/restoring.ts"
import { mkdir, put } from "./objects/storing.ts"
import { sync } from "./objects/syncing.ts"
import { verify } from "./objects/verifying.ts"

/** @internal */
export const objects = {
  group: "Objects",
  commands: [
    ls,
    tree,
    du,
    find,
    stat,
    cat,
    put,
    cp,
    mv,
    sync,
    verify,
    rm,
    mkdir,
    versions,
    restore,
    retention,
    hold,
    annotation,
    acl,
    presign
  ]
} as const
