// Package survive tests that executions survive: kills of the process at random
// moments, damaged files, full disks. Its tests start the test binary again as the
// process to be killed.
package survive
