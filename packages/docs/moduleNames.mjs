/**
 * A plugin of TypeDoc: modules are called as programs import them, `sdk/Hcp` and not `sdk/src/Hcp`, so pages and their
 * addresses are too, and each has the words that its file begins with. `modules` of the options has both.
 */
import { Comment, Converter, ParameterType } from "typedoc"

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.options.addDeclaration({ name: "modules", type: ParameterType.Mixed, help: "", defaultValue: {} })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const modules = app.options.getValue("modules")
    for (const child of project.children ?? []) {
      const known = modules[child.name]
      if (known === undefined) continue
      child.name = known.name
      child.comment = new Comment([{ kind: "text", text: known.about }])
    }
  })
}
