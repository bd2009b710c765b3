// Package purity tests the structure of the module: which package may import
// which, and what the pure core must not use.
package purity
