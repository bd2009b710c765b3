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
	"github.com/gostates/gostates/interpreter/lambdatask"
)

// Client is the part of the SDK's client that an [Invoker] uses. It must be safe
// for concurrent use.
type Client interface {
	Invoke(ctx context.Context, in *awslambda.InvokeInput, o ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error)
}

// Invoker invokes functions with the SDK's client. It implements
// [lambdatask.Invoker] and is safe for concurrent use.
type Invoker struct{ client Client }

// New returns an Invoker that uses c.
func New(c Client) *Invoker { return &Invoker{c} }

// Invoke calls Lambda's Invoke API once. Errors are of type *[asl.Error].
func (i *Invoker) Invoke(ctx context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
	in := &awslambda.InvokeInput{
		FunctionName:   &r.FunctionName,
		Qualifier:      nilIfEmpty(r.Qualifier),
		InvocationType: types.InvocationType(r.InvocationType),
		LogType:        types.LogType(r.LogType),
		ClientContext:  nilIfEmpty(r.ClientContext),
		Payload:        r.Payload,
	}
	recorder := &headerRecorder{}
	out, err := i.client.Invoke(ctx, in, disableRetries, guardHTTPClient, recorder.addMiddleware)
	if err != nil {
		return nil, serviceError(err)
	}
	resp := &lambdatask.Response{
		FunctionError:   aws.ToString(out.FunctionError),
		ExecutedVersion: aws.ToString(out.ExecutedVersion),
		LogResult:       aws.ToString(out.LogResult),
	}
	resp.StatusCode, resp.Headers = int(out.StatusCode), recorder.headers
	resp.RequestID, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	if len(out.Payload) > 0 {
		resp.Payload = out.Payload
	}
	return resp, nil
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// disableRetries leaves retries to the state's Retry.
func disableRetries(o *awslambda.Options) { o.Retryer = aws.NopRetryer{} }

// guardHTTPClient makes the SDK's client send request bodies that stay open and
// limits the responses that it reads.
func guardHTTPClient(o *awslambda.Options) { o.HTTPClient = guardedClient{o.HTTPClient} }

type guardedClient struct{ awslambda.HTTPClient }

// Limits of what is read of a response. Lambda's own limit for a payload is 6 MB.
const (
	maxResponse = 8 << 20
	maxError    = 64 << 10
)

// Do sends a copy of the request's body. The SDK closes its own as soon as the
// response's header has arrived. If net/http is still sending it then, WriteTo
// fails, net/http closes the connection, and the response ends with "use of closed
// network connection" (github.com/aws/aws-sdk-go-v2/issues/2737).
//
// Do also limits the response. The SDK reads every response to its end, but one
// that switches protocols may not have an end.
func (g guardedClient) Do(r *http.Request) (*http.Response, error) {
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
		got.Body = body{io.MultiReader(io.LimitReader(got.Body, maxResponse), overflow{got.Body}), got.Body}
	default:
		got.Body = body{io.LimitReader(got.Body, maxError), got.Body}
	}
	return got, nil
}

// body closes the whole response but reads only a part of it.
type body struct {
	io.Reader
	io.Closer
}

// overflow fails instead of returning data beyond the limit.
type overflow struct{ io.Reader }

func (o overflow) Read(p []byte) (int, error) {
	if n, err := o.Reader.Read(p); n == 0 {
		return 0, err
	}
	return 0, fmt.Errorf("the response is longer than %d bytes", maxResponse)
}

// headerRecorder keeps the headers of a response, which the SDK's output does not
// have.
type headerRecorder struct{ headers http.Header }

func (h *headerRecorder) addMiddleware(o *awslambda.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("gostates:Headers", h.recordHeaders), middleware.After)
	})
}

func (h *headerRecorder) recordHeaders(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if resp, ok := out.RawResponse.(*smithyhttp.Response); ok {
		h.headers = resp.Header
	}
	return out, metadata, err
}

// serviceError converts an error of the SDK. Name and message are those of AWS.
func serviceError(err error) error {
	var named smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return asl.Errorf(lambdatask.SdkClientException, "%v", err)
	}
	code, message := "", ""
	if errors.As(err, &named) {
		code, message = named.ErrorCode(), named.ErrorMessage()
	}
	name := "Lambda." + code
	switch {
	case response.HTTPStatusCode() < 300: // the response was cut off
		return asl.Errorf(lambdatask.SdkClientException, "%v", err)
	case (code == "" || code == "UnknownError") && response.HTTPStatusCode() >= 500:
		name = lambdatask.AWSLambdaException
	case code == "" || code == "UnknownError":
		name = lambdatask.Unknown
	case !strings.HasSuffix(code, "Exception"):
		name += "Exception"
	}
	return &asl.Error{Name: name, Cause: fmt.Sprintf("%s (Service: AWSLambda; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)",
		message, response.HTTPStatusCode(), code, response.ServiceRequestID())}
}
