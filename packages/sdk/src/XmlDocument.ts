/**
 * What an XML document consists of: what is read of one, and what is written.
 *
 * @since 0.1.0
 */
import type { Redact } from "./Redactor.ts"

/**
 * What a document may be at most.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  /** Elements inside each other. Defaults to 64. */
  readonly depth?: number | undefined
  /** Of one element. Defaults to 256. */
  readonly attributes?: number | undefined
  /**
   * Characters of one text, comment or start tag with its attributes, give or take one part of 32 KiB. Defaults to 1
   * MiB.
   */
  readonly markup?: number | undefined
  /** Bytes in all. Defaults to 1 GiB. */
  readonly bytes?: number | undefined
  /** Elements of the tree that `Xml.elements` makes of one. Defaults to 100,000. */
  readonly nodes?: number | undefined
}

/**
 * Where the document comes from, for the error, and its limits.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Limits {
  readonly operation: string
  readonly target?: string | undefined
  readonly path?: string | undefined
  /** The name the root must have, in any letter case. Defaults to any. */
  readonly root?: string | undefined
  /**
   * Whether white space before the XML declaration is passed over. XML allows none there, but a server that keeps a
   * long call alive sends some. Defaults to `true`.
   */
  readonly leadingBlanks?: boolean | undefined
  /** Blanks secrets in what an error quotes of the document. */
  readonly redact?: Redact | undefined
}

/**
 * One event. Names are as they are written, prefix included; a text may come in several events.
 *
 * @category models
 * @since 0.1.0
 */
export type XmlEvent =
  | {
      readonly _tag: "Open"
      readonly name: string
      readonly attributes: Readonly<Record<string, string>>
      /** 1 for the root. */
      readonly depth: number
    }
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Close"; readonly name: string; readonly depth: number }

/**
 * An element with everything in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Its own text, without that of its children. */
  readonly text: string
  readonly children: ReadonlyArray<XmlElement>
}

/**
 * An element to write, or a text. Attributes and children that are `undefined` are left out.
 *
 * @category models
 * @since 0.1.0
 */
export type Node = string | Element

/**
 * An element to write.
 *
 * @category models
 * @since 0.1.0
 */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, Value | undefined>>
  readonly children: ReadonlyArray<Node>
}

/**
 * What an attribute or a text can hold.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | boolean
