// Package purity holds the tests of the module's walls: which package may
// import which, and what the pure core must not touch.
package purity
