// A folder that is not trusted: nothing runs, it says why, and after trusting the folder the same button runs.
import { inlineAt, shownLines } from "../workbench/editorView.ts"
import { journey, same } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"

export default journey("Restricted Mode", () => ({ ...lessonCopy(), extension: "development", workspaceTrust: true }), async (workbench, claim) => {
  await claim("the lens says that nothing runs and why", async () => {
    await workbench.page.locator(".codelens-decoration", { hasText: "Not run: Restricted Mode" }).first().waitFor({ timeout: 90_000 })
  })

  await claim("Run File runs nothing and offers to manage trust", async () => {
    await workbench.command("Autograd: Run File")
    const said = await workbench.eventually("a notification speaks of Restricted Mode", async () => (await workbench.notifications()).find((text) => text.includes("Restricted Mode")))
    if (!/nothing runs/i.test(said)) throw new Error(`the notification says: ${said}`)
    same((await shownLines(workbench)).filter(({ inline }) => inline !== ""), [])
  })
  await workbench.screenshot("restricted")

  await claim("after trusting the folder it runs", async () => {
    await workbench.command("Workspaces: Manage Workspace Trust")
    await workbench.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).first().click()
    await workbench.command("View: Close Editor")
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const y = x + 2", "grad_fn=<AddBackward0>")
  })
})
