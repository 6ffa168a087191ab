// panelPage: the page of the graph panel: one script with a nonce, one style sheet, and a policy that allows nothing
// else. Apart so that a test reads the policy without a webview.

/** What the page is made of; the addresses are the webview's own. */
export interface PageParts {
  readonly script: string
  readonly style: string
  readonly cspSource: string
  readonly nonce: string
  /** BCP 47; the panel's words follow it. */
  readonly language: string
  readonly title: string
}

/** The HTML of the panel. */
export function panelPage({ script, style, cspSource, nonce, language, title }: PageParts): string {
  const policy = `default-src 'none'; style-src ${cspSource}; font-src ${cspSource}; script-src 'nonce-${nonce}'`
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${attribute(style)}">
<title>${attribute(title)}</title>
</head>
<body>
<main id="app"></main>
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>
`
}

/** 32 letters and digits that nobody can guess. */
export function makeNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
}
