// Package bench holds the benchmarks of whole executions, each beside
// hand-written Go that does the same work. TestRatios runs the pairs and prints
// the table of their ratios.
package bench
