// Package survive tests that executions survive over SQLite: kills of the process at
// random moments, damaged files, full disks.
package survive
