/**
 * Between an XML element and the plain record that a Schema speaks about.
 *
 * A record's property is the child element of its name, `@name` an attribute, `#text` the text of an element that has
 * attributes or children besides; a list is an element repeated. XML does not tell a list of one from a single element,
 * nor an empty record from an empty text: the schema decides.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { element } from "../../internal/xml/writer.ts"
import type { Element, Value, XmlElement } from "../../XmlDocument.ts"

/** What an element holds: a text, or a record. */
type Tree = Schema.StringTree

const attributeMark = "@"
const textKey = "#text"

/** What a value may be, unions and suspended schemas resolved. */
const candidates = (ast: SchemaAST.AST, depth = 0): ReadonlyArray<SchemaAST.AST> => {
  const encoded = SchemaAST.toEncoded(ast)
  if (depth > 8) return [encoded]
  if (SchemaAST.isUnion(encoded)) return encoded.types.flatMap((each) => candidates(each, depth + 1))
  return SchemaAST.isSuspend(encoded) ? candidates(encoded.thunk(), depth + 1) : [encoded]
}

/** What the property of this name may be, in any of the records an element may be. */
const propertyOf = (shapes: ReadonlyArray<SchemaAST.AST>, name: string): ReadonlyArray<SchemaAST.AST> =>
  shapes.flatMap((shape) => {
    if (!SchemaAST.isObjects(shape)) return []
    const own = shape.propertySignatures.find((signature) => signature.name === name)
    if (own !== undefined) return candidates(own.type)
    return shape.indexSignatures.flatMap((signature) => candidates(signature.type))
  })

/** Whether a record says itself that it has a text, be it empty. */
const hasText = (shapes: ReadonlyArray<SchemaAST.AST>): boolean =>
  shapes.some(
    (shape) => SchemaAST.isObjects(shape) && shape.propertySignatures.some((signature) => signature.name === textKey)
  )

const itemsOf = (shapes: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<SchemaAST.AST> =>
  shapes.flatMap((shape) =>
    SchemaAST.isArrays(shape) ? [...shape.elements, ...shape.rest].flatMap((each) => candidates(each)) : []
  )

/** An element as the schema with this (encoded) shape wants to see it. */
export const toRecord = (ast: SchemaAST.AST, root: XmlElement): Tree => read(candidates(ast), root)

const read = (shapes: ReadonlyArray<SchemaAST.AST>, element: XmlElement): Tree => {
  const { attributes, children, text } = element
  const isRecord = shapes.some(SchemaAST.isObjects)
  const isBare = children.length === 0 && Object.keys(attributes).length === 0
  const isText = shapes.some((shape) => !SchemaAST.isObjects(shape) && !SchemaAST.isUndefined(shape))
  if (!isRecord || (isText && isBare)) return text
  // Not an object yet: a name may be `__proto__`.
  const record = new Map<string, Tree>()
  for (const [name, value] of Object.entries(attributes)) record.set(attributeMark + name, value)
  if (hasText(shapes) || (text.trim() !== "" && propertyOf(shapes, textKey).length > 0)) record.set(textKey, text)
  const byName = new Map<string, Array<XmlElement>>()
  for (const child of children) {
    const same = byName.get(child.name)
    if (same === undefined) byName.set(child.name, [child])
    else same.push(child)
  }
  for (const [name, same] of byName) {
    const property = propertyOf(shapes, name)
    const [first, ...others] = same
    if (property.some(SchemaAST.isArrays)) {
      const items = itemsOf(property)
      record.set(
        name,
        same.map((each) => read(items, each))
      )
    } else if (first !== undefined) {
      record.set(name, others.length === 0 ? read(property, first) : same.map((each) => read(property, each)))
    }
  }
  addAbsent(shapes, record)
  return Object.fromEntries(record)
}

/** An empty list and nothing leave no element behind. */
const addAbsent = (shapes: ReadonlyArray<SchemaAST.AST>, record: Map<string, Tree>): void => {
  for (const shape of shapes) {
    if (!SchemaAST.isObjects(shape)) continue
    for (const { name, type } of shape.propertySignatures) {
      if (typeof name !== "string" || record.has(name) || SchemaAST.isOptional(type)) continue
      const property = candidates(type)
      if (property.some(SchemaAST.isArrays)) record.set(name, [])
      else if (property.some(SchemaAST.isUndefined)) record.set(name, undefined)
    }
  }
}

const nameForm = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/

/** The element of this name that holds a record or a text; or where it cannot be written, and why. */
export const toElement = (name: string, tree: Tree): Result.Result<Element, string> => {
  if (!nameForm.test(name)) return Result.fail(`${JSON.stringify(name.slice(0, 80))} is no name of an XML element`)
  if (tree === undefined) return Result.succeed(element(name))
  if (typeof tree === "string") return Result.succeed(element(name, {}, tree))
  if (Array.isArray(tree)) return Result.fail(`${name} is a list inside a list, or the whole, which has no form in XML`)
  const attributes: Record<string, Value> = {}
  const children: Array<Element | string> = []
  for (const [key, value] of Object.entries(tree)) {
    if (value === undefined) continue
    if (key === textKey || key.startsWith(attributeMark)) {
      if (!Predicate.isString(value)) return Result.fail(`${name}/${key} is no text`)
      if (key === textKey) children.push(value)
      else if (nameForm.test(key.slice(1))) attributes[key.slice(1)] = value
      else return Result.fail(`${name}/${key} is no name of an XML attribute`)
      continue
    }
    for (const each of Array.isArray(value) ? value : [value]) {
      const child = toElement(key, each)
      if (Result.isFailure(child)) return child
      children.push(child.success)
    }
  }
  return Result.succeed(element(name, attributes, ...children))
}
