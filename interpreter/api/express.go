package api

import (
	"context"
	"errors"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

const (
	billedMemory = 64                     // MB, which AWS bills at least
	billedStep   = 100 * time.Millisecond // AWS rounds up to it
)

// startSyncExecution starts an EXPRESS execution and waits for its end. If the client
// goes, the execution goes on.
func (s *Server) startSyncExecution(ctx context.Context, in object) (object, error) {
	t, e, err := s.start(ctx, in, true)
	if err != nil {
		return nil, err
	}
	var failure *interpreter.ExecutionError
	if err := e.Wait(ctx); err != nil && !errors.As(err, &failure) {
		return nil, err
	}
	st, err := s.store.Load(ctx, e.ID())
	if err != nil {
		return nil, err
	}
	included := in.text("includedData") != "METADATA_ONLY"
	billed := (st.Head.Ended.Sub(st.Head.Started) + billedStep - 1) / billedStep * billedStep
	out := object{
		"executionArn": e.Arn(), "stateMachineArn": t.machine.Arn, "name": e.Name(), "status": e.Status().String(),
		"startDate": date(st.Head.Started), "stopDate": date(st.Head.Ended),
		"inputDetails": object{"included": included}, "outputDetails": object{"included": included},
		"billingDetails": object{"billedMemoryUsedInMB": billedMemory, "billedDurationInMilliseconds": max(billed, billedStep).Milliseconds()},
	}
	out.setText("traceHeader", in.text("traceHeader"))
	if included {
		out["input"] = "{}"
		if in.has("input") {
			out["input"] = in.text("input")
		}
	}
	if failure != nil {
		out.setText("error", failure.Name)
		out.setText("cause", failure.Cause)
		return out, nil
	}
	output, err := e.Output()
	if err != nil {
		return nil, err
	}
	if included {
		out["output"] = string(value.Append(nil, output))
	}
	return out, nil
}
