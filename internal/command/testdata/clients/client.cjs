// Makes the calls that come as lines on standard input, with the SDK for JavaScript.
const readline = require('readline')
const sfn = require('@aws-sdk/client-sfn')

const client = new sfn.SFNClient({
  endpoint: process.argv[2], region: 'us-east-1', disableHostPrefix: true, maxAttempts: 1,
  credentials: {accessKeyId: 'any', secretAccessKey: 'any'},
})

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const {op, input} = JSON.parse(line)
    let answer
    try {
      answer = {output: await client.send(new sfn[op + 'Command'](input))}
    } catch (e) {
      answer = {error: e.name, message: String(e.message)}
    }
    process.stdout.write(JSON.stringify(answer) + '\n')
  }
}

main()
