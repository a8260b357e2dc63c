// Bridge page
// The page that holds Stately's inspector in a frame and hands it the messages, as the browser inspector of @statelyai/inspect does.
// Each time the inspector says that it is there, a socket is opened, and begins with every actor as it is now: nothing is kept here.

/** Messages are posted to the inspector's origin and heard from there, or from a subdomain it may lead to; nobody else gets one. */
export const bridgeScript = `const frame = document.getElementById('inspector')
const line = document.getElementById('line')
const home = new URL(frame.dataset.src)
const againMs = 1000
const patienceMs = 10000
let popup, target, socket

const say = (text) => { line.textContent = text }

function isInspector(origin) {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname, port } = new URL(origin)
  return protocol === home.protocol && port === home.port && (hostname === home.hostname || hostname.endsWith('.' + home.hostname))
}

function listen() {
  if (socket) {
    socket.onclose = null
    socket.close()
  }
  const { page, origin } = target
  let told = 0
  socket = new WebSocket('ws://' + location.host + '/')
  socket.onmessage = ({ data }) => {
    page.postMessage(JSON.parse(data), origin)
    told++
    say(told + ' messages handed to the inspector at ' + origin)
  }
  socket.onclose = ({ reason }) => {
    say('The bridge is gone' + (reason ? ' (' + reason + ')' : '') + ': it is tried again.')
    setTimeout(listen, againMs)
  }
}

addEventListener('message', ({ source, origin, data }) => {
  if (!isInspector(origin) || (source !== frame.contentWindow && source !== popup)) return
  if (!data || data.type !== '@statelyai.connected') return
  target = { page: source, origin }
  listen()
})

document.getElementById('apart').onclick = () => { popup = window.open(home, 'xstateinspector') }
say('Waiting for the inspector at ' + home)
setTimeout(() => {
  if (!target) say('The inspector at ' + home + ' has not answered: it may be out of reach, or only open in a window of its own.')
}, patienceMs)
frame.src = home
`

export const bridgeStyle = `:root { color-scheme: light dark; font: 13px/1.4 system-ui, sans-serif }
body { margin: 0; height: 100vh; display: flex; flex-direction: column }
header { display: flex; gap: 12px; align-items: center; padding: 6px 12px }
#line { flex: 1; min-width: 0; overflow-wrap: anywhere }
button { font: inherit; padding: 2px 10px }
iframe { flex: 1; width: 100%; border: 0; border-top: 1px solid #8886 }
`

export const bridgeHtml = (inspector: URL): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Troupe in Stately's inspector</title><link rel="stylesheet" href="/bridge.css"></head>
<body>
<header><b>Troupe</b><span id="line" role="status"></span><button id="apart" type="button">Open in a window of its own</button></header>
<iframe id="inspector" title="Stately's inspector" data-src="${attribute(inspector.href)}"></iframe>
<script type="module" src="/bridge.js"></script>
</body>
</html>
`

const attribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
