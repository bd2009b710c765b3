package objects

import (
	"errors"
	"fmt"
	"strings"
)

// Reasons why a store refuses a call.
var (
	ErrNoSuchBucket  = errors.New("no such bucket")
	ErrNoSuchKey     = errors.New("no such key")
	ErrNoSuchVersion = errors.New("no such version")
	ErrAccessDenied  = errors.New("access denied")
	// ErrChanged means that the object no longer has the ETag of GetOptions.
	ErrChanged = errors.New("the object has changed")
	// ErrInvalidKey means that the store cannot have an object with this key: a
	// key with an element ".." is not a file of a folder.
	ErrInvalidKey = errors.New("invalid key")
)

// Error is an error of a store. All fields except Err may be empty.
type Error struct {
	Op     string // get, list or put
	Bucket string
	Key    string // or prefix of a listing
	Err    error  // one of the reasons above, or another error

	// Message, Status and RequestID are the service's answer, for [Cause].
	Message   string
	Status    int // HTTP status code; 0 means that of Err
	RequestID string
}

// Error returns the operation, the place and the reason.
func (e *Error) Error() string {
	place := e.Bucket
	if e.Key != "" {
		place += "/" + e.Key
	}
	return fmt.Sprintf("objects: %s %s: %v", e.Op, place, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// answers are the words of S3 for the reasons.
var answers = []struct {
	err     error
	status  int
	message string
}{
	{ErrNoSuchBucket, 404, "The specified bucket does not exist"},
	{ErrNoSuchKey, 404, "The specified key does not exist."},
	{ErrNoSuchVersion, 404, "The specified version does not exist."},
	{ErrAccessDenied, 403, "Access Denied"},
	{ErrChanged, 412, "At least one of the pre-conditions you specified did not hold"},
}

// Cause returns the message that an execution sees for an error of a store. An
// error for which S3 has words reads as the AWS SDK writes it: "The specified
// key does not exist. (Service: S3, Status Code: 404, Request ID: …)". The
// message of any other error is its own. The exact causes of Step Functions are
// not known (docs/evidence.md#object-errors).
func Cause(err error) string {
	var own *Error
	errors.As(err, &own)
	if own == nil {
		own = &Error{}
	}
	message, status := own.Message, own.Status
	for _, a := range answers {
		if !errors.Is(err, a.err) {
			continue
		}
		if message == "" {
			message = a.message
		}
		if status == 0 {
			status = a.status
		}
	}
	if message == "" {
		return err.Error()
	}
	details := []string{"Service: S3"}
	if status != 0 {
		details = append(details, fmt.Sprintf("Status Code: %d", status))
	}
	if own.RequestID != "" {
		details = append(details, "Request ID: "+own.RequestID)
	}
	return message + " (" + strings.Join(details, ", ") + ")"
}
