// Runs the mock server on a free port and prints its address, and a line once it was told four things. At the end of its input it prints all that it was told, decoded.
// Where it is installed is the first argument.
const {createRequire} = require('module');
const {MockOpAMPServer} = createRequire(process.argv[2] + '/')('@elastic/mockopampserver');

const server = new MockOpAMPServer({logLevel: 'fatal', hostname: '127.0.0.1', port: 0, testMode: true});
// A buffer has become an object already where the value is looked at.
function plain(key, value) {
    const raw = this[key];
    if (typeof raw === 'bigint') return raw.toString();
    if (raw instanceof Uint8Array) return Buffer.from(raw).toString('hex');
    if (raw instanceof Error) return 'error: ' + raw.message;
    return value;
}
server.start().then(() => {
    console.log(server.endpoint);
    const enough = setInterval(() => {
        if (server.testGetRequests().length >= 4) {
            console.log('enough');
            clearInterval(enough);
        }
    }, 10);
    process.stdin.resume();
    process.stdin.on('end', () => {
        console.log(JSON.stringify(server.testGetRequests(), plain));
        process.exit(0);
    });
});
