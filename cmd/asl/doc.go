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
//	asl run -input '{"customer": "jane"}' -mock examples/order/mocks.json -case Order/Paid \
//		-clock virtual -history events.ndjson examples/order/order.asl.json
//	asl mock examples/order/order.asl.json
//	asl graph -format svg -history events.ndjson examples/order/order.asl.json
//	asl teststate -state Pay -input '{"order": {"id": 7}}' -error CardDeclined \
//		examples/order/order.asl.json
//
// And as a server for AWS's SDKs and command line, in place of Step Functions Local:
//
//	asl serve -mock examples/order/mocks.json -resources ANY -wait-scale 0 \
//		Order=examples/order/order.asl.json
//
// Options come before files. The exit code is 0 for success, 1 if a definition has
// errors or an execution fails, and 2 for wrong use.
//
// # Colours
//
// On a terminal, findings, traces and statuses have colours, unless NO_COLOR is set or
// TERM is dumb. Files and pipes get none. A trace goes to standard error,
// so that the output alone can be redirected.
//
// # Mock files
//
// The option -mock takes a file of Step Functions Local. A case of a machine names the
// response of each of its Task states, and a response has answers by the number of the
// state's invocation, from 0:
//
//	{
//	  "StateMachines": {"Order": {"TestCases": {"Paid": {"Pay": "PaidAtLast"}}}},
//	  "MockedResponses": {"PaidAtLast": {
//	    "0-1": {"Throw": {"Error": "BankBusy", "Cause": "try again later"}},
//	    "2": {"Return": {"amount": 18.5}}
//	  }}
//	}
//
// asl mock writes such a file, to be filled in.
//
// # asl validate
//
//	usage: asl validate [OPTIONS] FILE... (definitions and templates: files, FILE#MACHINE, folders,
//	./..., 'globs/*.json', - for standard input)
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -format format
//	        the format of the findings: text (default), json, an object for each definition
//	        as ValidateStateMachineDefinition returns it, sarif, or github, which annotates
//	        pull requests
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -json
//	        the same as -format json
//	  -models
//	        with -resources AWS, check Parameters and Arguments against models of AWS's
//	        services of 2026-11-10: the names, types and required members of
//	        aws-sdk calls, and what optimized integrations require. Ranges and enums are
//	        not checked, nor are services and actions that the models do not have.
//	        -models=false takes a parameter that is newer than the models (default true)
//	  -resources resources
//	        the resources that Tasks may name: AWS, or empty for any
//	  -severity severity
//	        the lowest severity to print: WARNING (default) or ERROR
//	  -strict
//	        warnings fail, as errors do
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	  -type type
//	        the type of the machines: STANDARD or EXPRESS (default: the one that the template
//	        says, or STANDARD)
//	example: asl validate -strict ./...
//	example: asl validate -format sarif ./... >asl.sarif
//	example: asl validate template.yaml#Orders    one machine of a template
//	YAML is read only by the asl of
//	github.com/gostates/gostates/interpreter/store/sqlite/cmd/asl
//	exit codes: 0 clean; 1 errors were found, or warnings with -strict; 2 wrong use, or a file that
//	cannot be read
//
// # asl explain
//
//	usage: asl explain [OPTIONS] [CODE...] (none lists all codes)
//	example: asl explain NO_DOLLAR
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl fmt
//
//	usage: asl fmt [OPTIONS] FILE... (folders, ./..., 'globs/*.json', and - for standard input)
//	  -d    print what differs, and exit with 1 if anything does
//	  -w    write the result to the file, if it differs, and print the file's name
//	example: asl fmt -w ./...
//	example: asl fmt -d ./...    fails if a definition is not formatted
//	exit codes: 0 success; 1 a definition cannot be formatted, or differs with -d; 2 wrong use, or a
//	file that cannot be read or written
//
// # asl diff
//
//	usage: asl diff [OPTIONS] A B (one of them may be -, standard input)
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -moves
//	        exit with 1 only if running executions cannot continue
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	  -type type
//	        the type of the machines: STANDARD or EXPRESS (default: the one that the template
//	        says, or STANDARD)
//	example: asl diff <(git show HEAD:order.asl.json) order.asl.json
//	exit codes: 0 the same; 1 the definitions differ, or with -moves running executions cannot
//	continue; 2 wrong use, or a definition has errors
//
// # asl cover
//
//	usage: asl cover merge [OPTIONS] FOLDER... (each one that go test -asl.cover=FILE has left as
//	FILE.d)
//	  -badge
//	        print only a line of Markdown with a badge
//	  -o file
//	        write the page into this file
//	  -threshold percent
//	        fail where a machine is below so many percent: 90, or 90,NAME=75
//	example: asl cover merge -o cover.html -threshold 80,Order=100 /tmp/cover.html.d
//	exit codes: 0 success; 1 a machine is below its threshold; 2 wrong use, or a file that cannot be
//	read or written
//
// # asl mock
//
//	usage: asl mock [OPTIONS] FILE
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -name name
//	        the name of the machine in the mock file (default: that of FILE)
//	  -o file
//	        the file to write, which must not exist (default: standard output)
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	example: asl mock -o mocks.json order.asl.json
//	example: asl run -mock mocks.json -case order/Happy -clock virtual order.asl.json
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl run
//
//	usage: asl run [OPTIONS] FILE
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -case MACHINE/CASE
//	        the MACHINE/CASE of the mock file
//	  -clock clock
//	        system, virtual, or virtual=TIME: with a virtual clock waiting takes no time (default
//	        "system")
//	  -context file
//	        a file with values for the context object: Execution {Id or Name, RoleArn}, StateMachine
//	        {Id, Name}
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -history file
//	        write the history events, one a line, to a file or - for standard output
//	  -input JSON
//	        the input: JSON, @FILE, or - for standard input (default "{}")
//	  -interactive
//	        ask for the answer of each task, and read it from standard input: JSON, or
//	        !ERROR CAUSE for a failure. The end of standard input ends the run with exit code 130
//	  -mock file
//	        a mock configuration file of Step Functions Local, which answers the tasks: asl mock
//	        writes one. auto answers each with an empty object
//	  -objects folder
//	        a folder whose folders are the buckets that ItemReaders read and ResultWriters write
//	  -query expression
//	        print the parts of the output that this JSONPath expression selects
//	  -quiet
//	        print nothing but the output and errors
//	  -seed uint
//	        the seed of all randomness, to repeat a run
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	  -trace
//	        print the states on standard error as they end, and while they run for long, with the
//	        time, and the indexes of their branch and item, from 0:
//	        =on (default of -trace alone), =off, =auto (if standard error is a terminal; default),
//	        or
//	        =all, with the items of Maps that succeed. Children of a Map in DISTRIBUTED mode are
//	        left
//	        out
//	  -type type
//	        the type of the machines: STANDARD or EXPRESS (default: the one that the template
//	        says, or STANDARD)
//	example: asl run -input '{"customer": "jane"}' -mock mocks.json -case Order/Paid -clock virtual
//	order.asl.json
//	example: asl run -objects data report.asl.json    bucket sales is the folder data/sales
//	example: asl run -interactive -clock virtual order.asl.json    asks for the answer of each task
//	exit codes: 0 the execution succeeded; 1 it failed, or the definition has errors; 2 wrong use;
//	130 interrupted
//
// # asl graph
//
//	usage: asl graph [OPTIONS] FILE
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -execution name
//	        the name of the execution, if the file has several
//	  -format format
//	        the format: mermaid, dot or svg (default "mermaid")
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -history file
//	        a file with the events of an execution, or - for standard input; the picture shows what
//	        it did, and what children of its Map Runs in the file did
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl teststate
//
//	usage: asl teststate [OPTIONS] FILE
//	  -D Name=value
//	        the value of a placeholder, Name=value for ${Name}; may be repeated
//	  -cause string
//	        the cause of that error
//	  -caused-by state
//	        the state in a mocked Map or Parallel that failed
//	  -context JSON
//	        the context object of a mocked state: a JSON object or @FILE
//	  -error name
//	        mock the state's work: the name of its error
//	  -failures int
//	        how many iterations of a mocked Map failed
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -input JSON
//	        the input: JSON, @FILE, or - for standard input (default "{}")
//	  -items text
//	        the text of the object that the ItemReader of a mocked Map reads, or @FILE
//	  -level level
//	        the inspection level: INFO, DEBUG or TRACE (default "DEBUG")
//	  -mode mode
//	        the mode of comparing the mocked result with the model of its service:
//	        STRICT (default) wants all required members, PRESENT checks those that are
//	        there, NONE checks nothing. Results of .sync and .waitForTaskToken are not
//	        compared, except those of startExecution.sync
//	  -models
//	        check Parameters and Arguments against models of AWS's
//	        services of 2026-11-10: the names, types and required members of
//	        aws-sdk calls, and what optimized integrations require. Ranges and enums are
//	        not checked, nor are services and actions that the models do not have.
//	        -models=false takes a parameter that is newer than the models (default true)
//	  -pretty
//	        print strings that contain JSON as JSON
//	  -request file
//	        a file with a request of the API as JSON, instead of FILE and all options but -pretty
//	        and -models
//	  -result JSON
//	        mock the state's work: its result, JSON or @FILE
//	  -retries int
//	        how often the Retrier of the mocked error has already retried
//	  -role ARN
//	        the ARN of the execution role, for the context object
//	  -state name
//	        the name of the state, if FILE is a machine; none lists the states
//	  -substitutions file
//	        a file with the values of placeholders, a JSON object; -D overrides it
//	  -variables JSON
//	        the workflow variables: a JSON object or @FILE
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl serve
//
//	usage: asl serve [OPTIONS] [[NAME=]FILE...] (definitions, as with -load)
//	  -account account
//	        the account in ARNs, 12 digits; or AWS_ACCOUNT_ID (default "123456789012")
//	  -addr address
//	        the address to listen on; port 0 is a free one. One that is not loopback needs -token
//	        (default "127.0.0.1:8083")
//	  -express file
//	        as -load, for an EXPRESS state machine in a file, [NAME=]FILE; may be repeated
//	  -from format
//	        the format of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk
//	        or serverless for templates in JSON or YAML. auto (default) tells it by name and text
//	  -host name
//	        a name under which clients call, beside localhost and loopback addresses; may be
//	        repeated
//	  -lambda-endpoint URL
//	        the URL of a server of Lambda's Invoke API, such as that of 'sam local start-lambda';
//	        or LAMBDA_ENDPOINT
//	  -load file
//	        create a STANDARD state machine from the definition in a file, [NAME=]FILE, or give it
//	        to the
//	        one that -store has; the default name is that of the file: order for order.asl.json;
//	        may be repeated
//	  -logs folder
//	        a folder for the logs of state machines, one file of JSON Lines for each log group
//	  -mock file
//	        a mock configuration file of Step Functions Local, for executions that are started
//	        under ARN#CASE. It is read again when it changes; or SFN_MOCK_CONFIG
//	  -models
//	        with -resources AWS, check Parameters and Arguments, and those of TestState, against
//	        models of AWS's
//	        services of 2026-11-10: the names, types and required members of
//	        aws-sdk calls, and what optimized integrations require. Ranges and enums are
//	        not checked, nor are services and actions that the models do not have.
//	        -models=false takes a parameter that is newer than the models (default true)
//	  -objects folder
//	        a folder whose folders are the buckets that ItemReaders read and ResultWriters write
//	  -page
//	        show a web page under / that can start and stop executions. With -token it asks for
//	        a password, which is the token (default true)
//	  -poll duration
//	        how long GetActivityTask waits for a task: a duration of at most 10m (default 55s)
//	  -region region
//	        the region in ARNs; or AWS_DEFAULT_REGION (default "us-east-1")
//	  -resources resources
//	        the resources that Tasks may name: AWS (default), or ANY, for tasks that mocks answer
//	  -store file
//	        a SQLite database file that keeps the state when the server ends. Only the asl of
//	        github.com/gostates/gostates/interpreter/store/sqlite/cmd/asl has it
//	  -token TEXT
//	        the access key ID that all clients must have: 16 to 128 letters, digits, _ or -;
//	        TEXT, @FILE, or - for standard input
//	  -wait-scale factor
//	        the factor on the time that Wait states and the intervals of Retriers take, not on
//	        timeouts; 0: none; or WAIT_TIME_SCALE (default 1)
//	example: asl serve -mock MockConfigFile.json -wait-scale 0 Order=order.asl.json
//	example: aws stepfunctions --endpoint-url http://localhost:8083 start-execution
//	--state-machine-arn arn:aws:states:us-east-1:123456789012:stateMachine:Order#HappyPath
//	example: asl serve -addr 0.0.0.0:8083 -token @token.txt -host states.internal    clients use the
//	token as their access key ID
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl version
//
//	usage: asl version [OPTIONS]
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
//
// # asl completion
//
//	usage: asl completion [OPTIONS] bash|zsh|fish
//	  -words
//	        print what can replace the last of the words after --; the scripts call this
//	example: source <(asl completion bash)
//	exit codes: 0 success; 1 failure, such as errors of a definition; 2 wrong use
package main
