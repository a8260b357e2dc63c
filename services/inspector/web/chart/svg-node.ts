// Nodes of SVG. Whatever a chart's names hold becomes text or an attribute, never markup.

const namespace = 'http://www.w3.org/2000/svg'

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[Name] {
  const node = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes))
    node.setAttribute(key, typeof value === 'number' ? String(Math.round(value * 10) / 10) : value)
  node.append(...children)
  return node
}

export function svgText(said: string, attributes: Readonly<Record<string, string | number>>): SVGTextElement {
  const node = svg('text', attributes)
  node.textContent = said
  return node
}
