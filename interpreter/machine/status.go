package machine

// Status is where an execution stands.
type Status uint8

const (
	Running Status = iota
	Succeeded
	Failed
	TimedOut
	Aborted
)

var statusNames = [...]string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// String returns AWS's name of the status, such as TIMED_OUT.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

// Outcome is how an execution ended.
type Outcome struct {
	Output       any     // of a Succeeded one
	Error, Cause *string // of the others; nil where there is none
	State        string  // of a Failed one: the innermost state that failed
}
