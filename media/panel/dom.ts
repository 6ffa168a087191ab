// Makes elements in one line each. No text ever passes through innerHTML.

/** An HTML element with attributes and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes?: Readonly<Record<string, string>>, ...children: (Node | string)[]): HTMLElementTagNameMap[Name]
export function element(name: string, attributes?: Readonly<Record<string, string>>, ...children: (Node | string)[]): HTMLElement
export function element(name: string, attributes: Readonly<Record<string, string>> = {}, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** An SVG element with attributes and children. */
export function drawn<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Readonly<Record<string, string | number>> = {}, ...children: (Node | string)[]): SVGElementTagNameMap[Name] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  made.append(...children)
  return made
}

/** A MathML element with children. */
export function math(name: string, ...children: (Node | string)[]): MathMLElement {
  const made = document.createElementNS("http://www.w3.org/1998/Math/MathML", name) as MathMLElement
  made.append(...children)
  return made
}
