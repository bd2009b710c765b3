package asl

import "strconv"

// warnLongHeartbeat warns of a Task that times out before it can miss a
// heartbeat.
func (c *checker) warnLongHeartbeat(st *TaskState) {
	h, known := knownSeconds(st.HeartbeatSeconds)
	t, limited := knownSeconds(st.TimeoutSeconds)
	if known && limited && h >= t {
		c.addWarning(CodeHeartbeatTooLong, st.HeartbeatSeconds.Pos, st.Location+"/HeartbeatSeconds", "HeartbeatSeconds should be less than TimeoutSeconds")
	}
}

// knownSeconds returns a timeout that is a valid constant. Otherwise ok is
// false.
func knownSeconds(o Opt[Integer]) (n int64, ok bool) {
	n = o.Value.Value
	if e := o.Value.Expression; e != nil {
		n, _ = strconv.ParseInt(bareSource(e), 10, 64)
	}
	return n, o.IsSet() && n >= 1 && n <= maxSeconds
}
