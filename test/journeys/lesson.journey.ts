// The main path: a learner runs the first lesson, reads the values at the lines, hovers, and opens the graph.
import { clickAt, cursorLine, hoverAt, inlineAt, shownLines } from "../workbench/editorView.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import { expectedLesson, lessonCopy } from "../workbench/lesson.ts"
import { keepPicture } from "../workbench/pictures.ts"
import { activationTime, watchForInline } from "../workbench/timing.ts"

export default journey("lesson 001", () => ({ ...lessonCopy(), extension: "development", size: { width: 1440, height: 1000 } }), async (workbench, claim) => {
  const { page } = workbench

  await claim("▷ Run above the first line runs the lesson", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    // The explorer is of no use here, and the pictures of the README need the room.
    await workbench.command("View: Toggle Primary Side Bar Visibility")
    const first = await watchForInline(workbench, "AddBackward0")
    await workbench.clickLens("▷ Run")
    console.log(`  from Run to values, first time: ${Math.round(await first.shown())} ms`)
  })

  for (const { source, inline } of expectedLesson.lines) {
    await claim(`at "${source}" stands ${inline}`, async () => {
      await inlineAt(workbench, source, inline)
    })
  }
  keepPicture(await workbench.screenshot("lesson-001"))

  await claim("the hover on z shows the grad_fn chain down to the leaf", async () => {
    const hover = await hoverAt(workbench, "const z", "z", "AccumulateGrad")
    let from = 0
    for (const name of expectedLesson.chain) {
      const at = hover.indexOf(name, from)
      if (at < 0) throw new Error(`${name} is not at its place in the chain:\n${hover}`)
      from = at + name.length
    }
  })
  await workbench.screenshot("hover-z")

  await claim("every later run shows its values again", async () => {
    const waits: number[] = []
    for (let run = 0; run < 7; run++) {
      await clickAt(workbench, "const out", "out")
      await workbench.command("Autograd: Clear Results")
      await workbench.eventually("no values after Clear", async () => ((await shownLines(workbench)).every(({ inline }) => inline === "") ? true : undefined))
      const again = await watchForInline(workbench, "AddBackward0")
      await page.keyboard.press("Control+Alt+Enter")
      waits.push(Math.round(await again.shown()))
    }
    console.log(`  from Run to values, later: ${waits.join(", ")} ms; the middle one is ${waits.toSorted((a, b) => a - b)[3]} ms`)
  })

  await claim("the graph shows the nodes of out with their values and gradients", async () => {
    await clickAt(workbench, "const out", "out")
    await workbench.command("Autograd: Show Graph")
    const panel = await workbench.webview("[data-node]")
    const nodes = await panel.locator("[data-node]").evaluateAll((all) =>
      all.map((node) => ({ kind: node.getAttribute("data-kind"), name: node.getAttribute("data-name"), text: node.textContent ?? "" })))
    const named = (kind: string) => nodes.filter((node) => node.kind === kind).map(({ name }) => name).sort()
    same(named("leaf"), ["x"])
    same(named("grad_fn"), ["AccumulateGrad", "AddBackward0", "MeanBackward0", "MulBackward0", "MulBackward0"])
    for (const name of ["y", "z", "out"]) if (!named("tensor").includes(name)) throw new Error(`no tensor ${name} among ${JSON.stringify(nodes)}`)
    contains(nodes.find(({ name }) => name === "x")?.text ?? "", "4.5")
    contains(nodes.find(({ name }) => name === "out")?.text ?? "", "27")
  })

  await claim("a click on a node selects the line that made it", async () => {
    const panel = await workbench.webview("[data-node]")
    await panel.getByRole("button", { name: "Fit the whole graph" }).click()
    const node = panel.locator('[data-node][data-name="AddBackward0"]').first()
    const line = Number(await node.getAttribute("data-line"))
    await node.click()
    const source = (await workbench.eventually("the line is on the screen", async () => (await shownLines(workbench)).find((shown) => shown.line === line))).source
    contains(source, "const y = x + 2")
    await workbench.eventually("the cursor is on the line", async () => ((await cursorLine(workbench)) === line ? true : undefined))
  })
  await workbench.screenshot("graph-001")

  await claim("the cursor's line is selected in the graph", async () => {
    await clickAt(workbench, "const out", "out")
    const panel = await workbench.webview("[data-node]")
    await workbench.eventually("the node of out is selected", async () => {
      const selected = await panel.locator('[data-node][aria-selected="true"], [data-node].selected').evaluateAll((all) => all.map((node) => node.getAttribute("data-line")))
      const line = String(await cursorLine(workbench))
      return selected.includes(line) ? true : undefined
    })
  })

  await claim("after an edit the old values dim", async () => {
    await clickAt(workbench, "const out", "out")
    await page.keyboard.press("End")
    await page.keyboard.type(" // edited")
    await workbench.eventually("the value at y is dimmed", async () => {
      const line = (await shownLines(workbench)).find(({ source }) => source.includes("const y = x + 2"))
      return line !== undefined && line.inline !== "" && line.opacity < 0.9 ? true : undefined
    })
  })

  await claim("what breaks a run stands at its line, until the next edit", async () => {
    const broken = async (): Promise<string> => (await shownLines(workbench)).find(({ source }) => source.includes("const y = x + 2"))?.inline ?? ""
    const mistake = " + torch.ones(3)"
    await clickAt(workbench, "const y", "y")
    await page.keyboard.press("End")
    await page.keyboard.type(mistake)
    await page.keyboard.press("Control+Alt+Enter")
    await workbench.eventually("the fault stands at the line of y", async () => ((await broken()).includes("✗ RuntimeError: ") ? true : undefined))
    const panel = await workbench.webview(".empty")
    await panel.getByText("The run broke off on line 8").filter({ visible: true }).waitFor()
    await workbench.screenshot("lesson-001-fault")
    for (let letter = 0; letter < mistake.length; letter += 1) await page.keyboard.press("Backspace")
    await workbench.eventually("the fault is gone", async () => ((await broken()).includes("✗") ? undefined : true))
  })

  await claim("VS Code says how long activation took", async () => {
    const { load, call, finish } = await activationTime(workbench)
    console.log(`  activate() took ${call} ms; beside the other extensions that started then, ${load} ms until its code was loaded and ${finish} ms until it was finished`)
  })
})
