package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
)

// A client starts an EXPRESS machine of the server, as an SDK does.
func ExampleServer() {
	srv, err := api.New(api.Config{Interpreter: interpreter.Config{Resolver: interpreter.Mux{
		"double": interpreter.Plain(func(n int) (int, error) { return 2 * n, nil }),
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	web := httptest.NewServer(srv)
	defer web.Close()
	post := func(operation, body string) []byte {
		r, _ := http.NewRequest(http.MethodPost, web.URL, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
		answer, err := web.Client().Do(r)
		if err != nil {
			return nil
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return bytes.TrimSpace(text)
	}
	post("CreateStateMachine", `{"name": "double", "type": "EXPRESS", "roleArn": "any",
		"definition": "{\"StartAt\": \"D\", \"States\": {\"D\": {\"Type\": \"Task\", \"Resource\": \"double\", \"End\": true}}}"}`)
	var answer struct{ Status, Output string }
	_ = json.Unmarshal(post("StartSyncExecution", `{"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:double", "input": "21"}`), &answer)
	fmt.Println(answer.Status, answer.Output)
	fmt.Printf("%s\n", post("DescribeStateMachine", `{"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:other"}`))
	// Output:
	// SUCCEEDED 42
	// {"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'arn:aws:states:us-east-1:123456789012:stateMachine:other'"}
}
