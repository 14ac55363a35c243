import './docs.css'
import './reference.css'
import bundle from '../../node_modules/@scalar/fastify-api-reference/dist/js/standalone.js?url'

declare global {
  interface Window {
    /** What the bundle defines: https://github.com/scalar/scalar, documentation/configuration.md */
    Scalar?: { createApiReference: (selector: string, configuration: object) => unknown }
  }
}

/**
 * The reference from this server's own document. All that would ask another origin is off: fonts, proxy, registry,
 * telemetry. Typed keys stay in the page's memory.
 */
function show(): void {
  const place = document.getElementById('reference')
  if (place === null || window.Scalar === undefined) return
  place.replaceChildren()
  window.Scalar.createApiReference('#reference', {
    url: '../openapi.json',
    baseServerURL: location.origin,
    proxyUrl: '',
    theme: 'none',
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: 'never',
    hideClientButton: true,
    documentDownloadType: 'none',
    hideDarkModeToggle: true,
    persistAuth: false,
    defaultOpenAllTags: false,
    operationTitleSource: 'summary',
    authentication: { preferredSecurityScheme: 'key' },
    // No program that runs, and no server that is reached.
    hiddenClients: { python: ['httpx_async'], http: ['http1.1'] },
    defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  })
}

const script = document.createElement('script')
script.src = bundle
script.addEventListener('load', show)
script.addEventListener('error', () => {
  const place = document.querySelector('.waiting')
  if (place !== null) place.textContent = 'The reference could not be loaded. Reload the page to try again.'
})
document.head.append(script)
