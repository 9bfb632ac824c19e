/**
 * What a simulator shall simulate, as plain data with a default for everything.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as Duration from "effect/Duration"
import { type CertificateKind, certificateKinds } from "./CertificateAuthority.ts"
import { simulatorKindsOf } from "./internal/optionKinds.ts"
import type { Ports } from "./NodeServer.ts"
import { type SystemSpec, systemKinds } from "./SystemSpec.ts"

/**
 * One system to simulate. What is left out of a second or later system is taken from the first.
 *
 * @category models
 * @since 0.1.0
 */
export interface SystemOptions extends SystemSpec {
  /** How many nodes. Default 4. */
  readonly nodes?: number | undefined
  /**
   * The address of the first node; the others follow. Default: a free /24 of 127.0.0.0/8, the next one for each further
   * system.
   */
  readonly firstAddress?: string | undefined
  /** Default `complete`. */
  readonly certificate?: CertificateKind | undefined
}

/**
 * What to simulate.
 *
 * @category models
 * @since 0.1.0
 */
export interface SimulatorOptions {
  /**
   * Default one system `hcp1.example.com` with the namespace `n1.t1`, the user `n:n01` and the administrator
   * `service:service01`. Several systems are linked: what is written to one is copied to the others.
   */
  readonly systems?: ReadonlyArray<SystemOptions> | undefined
  /** The ports of every node of every system. Default 0 each: free ones. */
  readonly ports?: Partial<Ports> | undefined
  /** The address of the name server. Default `127.0.0.1`. */
  readonly dnsAddress?: string | undefined
  /** Default 0: a free one. */
  readonly dnsPort?: number | undefined
  /** Time to live of DNS answers. Default 5 seconds. */
  readonly ttl?: Duration.Input | undefined
  /** Leaves nodes that refuse out of the DNS answers at once. Default false: as HCP, which needs time to notice. */
  readonly hideDownNodes?: boolean | undefined
  /** A folder that keeps the objects over restarts. Default: they live in memory, large ones in temporary files. */
  readonly data?: string | undefined
  /**
   * A file with a key of 64 hexadecimal digits that encrypts `registry.json` of the data folder: tenants, accounts with
   * what their passwords are checked by, settings. The objects are not encrypted. Default: nothing is.
   */
  readonly dataKeyFile?: string | undefined
  /** How late a change reaches the other systems. Default 0: as soon as possible. */
  readonly lag?: Duration.Input | undefined
  /** Whether changes flow both ways. Default `activeActive`. */
  readonly replication?: "activeActive" | "activePassive" | undefined
  /** How long the nodes keep an idle connection. Default 60 seconds. */
  readonly keepAlive?: Duration.Input | undefined
}

/**
 * What to simulate in memory: what has to do with sockets is left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryOptions extends Omit<SimulatorOptions, "ports" | "dnsAddress" | "dnsPort" | "keepAlive"> {
  /** The ports of every node. Default those of HCP: 80, 443, 8000 and 9090. */
  readonly ports?: Partial<Ports> | undefined
}

const kinds = simulatorKindsOf(systemKinds, certificateKinds)

/**
 * The names and kinds of all options. @internal
 */
export const simulatorKinds: KindsOf<SimulatorOptions> = kinds.network

/**
 * The names and kinds of what is not about sockets. @internal
 */
export const memoryKinds: KindsOf<MemoryOptions> = kinds.memory

/**
 * A system without what says where it runs. @internal
 */
export const specOf = ({ certificate: _, firstAddress: __, nodes: ___, ...spec }: SystemOptions): SystemSpec => spec

/**
 * The systems of `options` with everything filled in that another system or the default says.
 *
 * @category constructors
 * @since 0.1.0
 */
export const completeSystems = (options: Pick<SimulatorOptions, "systems">): ReadonlyArray<SystemOptions> => {
  const systems = options.systems ?? [{ domain: "hcp1.example.com" }]
  const first = systems[0]
  return systems.map((system) => ({
    ...system,
    namespaces: system.namespaces ?? first?.namespaces ?? ["n1.t1"],
    users: system.users ?? first?.users ?? ["n:n01"],
    admins: system.admins ?? first?.admins ?? ["service:service01"],
    defaultNamespace: system.defaultNamespace ?? first?.defaultNamespace,
    softwareVersion: system.softwareVersion ?? first?.softwareVersion,
    s3Quirks: system.s3Quirks ?? first?.s3Quirks,
    nodes: system.nodes ?? first?.nodes,
    certificate: system.certificate ?? first?.certificate
  }))
}
