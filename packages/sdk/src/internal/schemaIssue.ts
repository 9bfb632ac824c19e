/**
 * What a Schema does not accept, said without any of the values, and without the texts of checks that may quote them:
 * values may be secrets, and errors end in logs.
 *
 * @internal
 */
import type * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"

type Path = ReadonlyArray<PropertyKey>

const shown = 3

/** Where it is wrong, e.g. `lines[2].price is of another kind`. */
export const whereOf = ({ issue }: Schema.SchemaError): string => {
  const problems = flatten(issue, [])
  const others = problems.length - shown
  return problems.slice(0, shown).join(", ") + (others > 0 ? `, and ${others} more` : "")
}

const flatten = (issue: SchemaIssue.Issue, path: Path): ReadonlyArray<string> => {
  switch (issue._tag) {
    case "Pointer":
      return flatten(issue.issue, [...path, ...issue.path])
    case "Encoding":
      return flatten(issue.issue, path)
    case "Composite":
      return issue.issues.flatMap((each) => flatten(each, path))
    case "AnyOf":
      return issue.issues.length === 0
        ? [`${place(path)} has a value that is not accepted`]
        : issue.issues.flatMap((each) => flatten(each, path))
    case "MissingKey":
      return [`${place(path)} is missing`]
    case "UnexpectedKey":
      return [`${place(path)} is not expected`]
    case "InvalidType":
      return [`${place(path)} is of another kind`]
    default:
      return [`${place(path)} has a value that is not accepted`]
  }
}

const place = (path: Path): string => {
  let text = ""
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`
    else text += text === "" ? String(step) : `.${String(step)}`
  }
  return text === "" ? "the whole" : text
}
