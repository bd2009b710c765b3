// Command asl checks, runs, tests, draws and serves state machines in the Amazon States
// Language.
//
// In a checkout of this repository:
//
//	asl validate examples/order/order.asl.json
//	asl validate -strict ./...
//	asl fmt examples/order/order.asl.json
//	asl diff -moves examples/order/order.asl.json examples/order/order.asl.json
//	asl explain NO_DOLLAR
//	asl run -input '{"customer": "jane"}' -mock examples/order/mocks.json -case Order/Paid -clock virtual -history events.ndjson examples/order/order.asl.json
//	asl mock examples/order/order.asl.json
//	asl graph -format svg -history events.ndjson examples/order/order.asl.json
//	asl teststate -state Pay -input '{"order": {"id": 7}}' -error CardDeclined examples/order/order.asl.json
//
// And as a server for AWS's SDKs and command line, in place of Step Functions Local:
//
//	asl serve -mock examples/order/mocks.json -resources ANY -wait-scale 0 Order=examples/order/order.asl.json
//
// Options come before files. The exit code is 0 for success, 1 if a definition has
// errors or an execution fails, and 2 for wrong use.
package main

import (
	"os"

	"github.com/gostates/gostates/internal/command"
)

func main() { os.Exit(command.Main()) }
