// A process that does not end when asked to.
process.on('SIGTERM', () => console.log('asked to end'))
setInterval(() => {}, 60_000)
console.log(`here with ${process.argv.slice(2).join(' ')}, on ${process.version}`)
