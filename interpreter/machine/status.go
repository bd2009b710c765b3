package machine

// Status is the status of an execution.
type Status uint8

const (
	Running   Status = iota // not ended; also before the Started event
	Succeeded               // ended with an output
	Failed                  // ended by an error that was not caught
	TimedOut                // ended by its TimeoutSeconds or Limits.Duration
	Aborted                 // ended by a Stopped event
)

var statusNames = [...]string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// String returns AWS's name of the status, such as TIMED_OUT.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

// Outcome is the result of an execution that has ended.
type Outcome struct {
	Output       any     // if Succeeded
	Error, Cause *string // otherwise; nil if missing
	State        string  // if Failed: the innermost state that failed
}
