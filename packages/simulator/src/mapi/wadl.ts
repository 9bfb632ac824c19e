/**
 * The description of a resource that OPTIONS answers with.
 *
 * @internal
 */
import * as Xml from "../internal/xml.ts"
import { type Operation, type Resource, type Verb, verbs } from "./router.ts"

/** @internal */
export const contentType = "application/vnd.sun.wadl+xml"

const method = (verb: Verb, { parameters = [] }: Operation): string => {
  const common = verb === "get" ? ["prettyprint", "verbose"] : []
  return [
    Xml.open("method", [
      ["id", verb],
      ["name", verb.toUpperCase()]
    ]),
    Xml.open("request"),
    ...[...common, ...parameters].map((name) =>
      Xml.empty("param", [
        ["name", name],
        ["style", "query"],
        ["type", common.includes(name) ? "xs:boolean" : "xs:string"]
      ])
    ),
    Xml.close("request"),
    Xml.open("response"),
    ...["application/xml", "application/json"].map((type) => Xml.empty("representation", [["mediaType", type]])),
    Xml.close("response"),
    Xml.close("method")
  ].join("")
}

/**
 * Describes what `host` (with its port) offers at `path`.
 *
 * @internal
 */
export const describe = (resource: Resource, host: string, path: string): string =>
  [
    Xml.declaration,
    Xml.open("application", [
      ["xmlns", "http://research.sun.com/wadl/2006/10"],
      ["xmlns:xs", "http://www.w3.org/2001/XMLSchema"]
    ]),
    Xml.open("resources", [["base", `https://${host}/mapi/`]]),
    Xml.open("resource", [["path", path]]),
    ...verbs.flatMap((verb) => {
      const operation = resource[verb]
      return operation === undefined ? [] : [method(verb, operation)]
    }),
    Xml.close("resource"),
    Xml.close("resources"),
    Xml.close("application")
  ].join("")
