package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// Client is what an [Invoker] needs of the SDK's client.
type Client interface {
	Invoke(ctx context.Context, in *awslambda.InvokeInput, o ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error)
}

// Invoker calls functions with the SDK's client. It is an [interpreter.Invoker] and
// safe for concurrent use.
type Invoker struct{ client Client }

// New returns the Invoker of a client.
func New(c Client) *Invoker { return &Invoker{c} }

// Invoke makes one call of the Invoke API.
func (i *Invoker) Invoke(ctx context.Context, r *interpreter.LambdaRequest) (*interpreter.LambdaResponse, error) {
	in := &awslambda.InvokeInput{
		FunctionName:   &r.FunctionName,
		Qualifier:      optional(r.Qualifier),
		InvocationType: types.InvocationType(r.InvocationType),
		LogType:        types.LogType(r.LogType),
		ClientContext:  optional(r.ClientContext),
		Payload:        r.Payload,
	}
	call := &call{}
	out, err := i.client.Invoke(ctx, in, once, guard, call.watch)
	if err != nil {
		return nil, failure(err)
	}
	answer := &interpreter.LambdaResponse{
		FunctionError:   aws.ToString(out.FunctionError),
		ExecutedVersion: aws.ToString(out.ExecutedVersion),
		LogResult:       aws.ToString(out.LogResult),
	}
	answer.StatusCode, answer.Headers = int(out.StatusCode), call.headers
	answer.RequestID, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	if len(out.Payload) > 0 {
		answer.Payload = out.Payload
	}
	return answer, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// once has the client try nothing again: the state's Retry does.
func once(o *awslambda.Options) { o.Retryer = aws.NopRetryer{} }

// guard has the SDK's client send bodies that stay open, and read answers that may not
// end.
func guard(o *awslambda.Options) { o.HTTPClient = guarded{o.HTTPClient} }

type guarded struct{ awslambda.HTTPClient }

// What is read of an answer: more than Lambda's limit of 6 MB, and of an error what
// holds its message.
const (
	maxAnswer = 8 << 20
	maxError  = 64 << 10
)

// Do gives a request a body of its own. The SDK closes the one it made as soon as the
// answer's header is there; its WriteTo fails from then on, with which net/http, if it is
// not done with the request, closes the connection, and the answer is cut off with "use
// of closed network connection" (github.com/aws/aws-sdk-go-v2/issues/2737).
//
// The SDK reads every answer to its end, which one that switches protocols does not have.
func (g guarded) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	got, err := g.HTTPClient.Do(r)
	if err != nil {
		return got, err
	}
	switch {
	case got.StatusCode < 200:
		_ = got.Body.Close()
		got.Body = http.NoBody
	case got.StatusCode < 300:
		got.Body = body{io.MultiReader(io.LimitReader(got.Body, maxAnswer), overflow{got.Body}), got.Body}
	default:
		got.Body = body{io.LimitReader(got.Body, maxError), got.Body}
	}
	return got, nil
}

// body reads less than all that it closes.
type body struct {
	io.Reader
	io.Closer
}

// overflow fails where it should end.
type overflow struct{ io.Reader }

func (o overflow) Read(p []byte) (int, error) {
	if n, err := o.Reader.Read(p); n == 0 {
		return 0, err
	}
	return 0, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
}

// call keeps the headers of an answer, which the SDK's output does not have.
type call struct{ headers http.Header }

func (c *call) watch(o *awslambda.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("gostates:Headers", c.keep), middleware.After)
	})
}

func (c *call) keep(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if answer, ok := out.RawResponse.(*smithyhttp.Response); ok {
		c.headers = answer.Header
	}
	return out, metadata, err
}

// failure names an error of a call: after the service's own, with the text that
// AWS writes (recorded).
func failure(err error) error {
	var named smithy.APIError
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		return asl.Errorf(interpreter.ErrLambdaSdkClientException, "%v", err)
	}
	code, message := "", ""
	if errors.As(err, &named) {
		code, message = named.ErrorCode(), named.ErrorMessage()
	}
	name := "Lambda." + code
	switch {
	case answer.HTTPStatusCode() < 300: // it answered, and the answer was cut off
		return asl.Errorf(interpreter.ErrLambdaSdkClientException, "%v", err)
	case (code == "" || code == "UnknownError") && answer.HTTPStatusCode() >= 500:
		name = interpreter.ErrLambdaAWSLambdaException
	case code == "" || code == "UnknownError":
		name = interpreter.ErrLambdaUnknown
	case !strings.HasSuffix(code, "Exception"):
		name += "Exception"
	}
	return &asl.Error{Name: name, Cause: fmt.Sprintf("%s (Service: AWSLambda; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)",
		message, answer.HTTPStatusCode(), code, answer.ServiceRequestID())}
}
