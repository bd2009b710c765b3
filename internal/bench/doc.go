// Package bench contains benchmarks of whole executions, each beside
// hand-written Go that does the same work. TestRatios runs the pairs and prints
// their ratios. The command maprun measures Map Runs.
package bench
