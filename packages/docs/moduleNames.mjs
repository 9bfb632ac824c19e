/**
 * A plugin of TypeDoc: modules are called as programs import them, `sdk/Hcp` and not `sdk/src/Hcp`, so pages and their
 * addresses are too. `names` of the options says how.
 */
import { Converter, ParameterType } from "typedoc"

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.options.addDeclaration({ name: "moduleNames", type: ParameterType.Mixed, help: "", defaultValue: {} })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const names = app.options.getValue("moduleNames")
    for (const child of project.children ?? []) child.name = names[child.name] ?? child.name
  })
}
