// Package survive tests that executions survive: kills of the process at random
// moments, damaged files, full disks, processes that hang. Its workload has everything
// that may be outstanding then. A test starts its own binary again as the process to be
// killed, which writes to a [Journal] what was acknowledged, and checks in the end that
// the store has all of it, and each execution as if nothing had happened. The tests are
// those of the stores.
package survive
