// Package snippets compiles and runs the code in the pages of the documentation.
//
// A block of Go is a whole program, whose output is the next block of the language
// output, or a part of one: declarations, statements, or fields of an
// interpreter.Config. Parts get their imports from a table, and names that they do
// not declare from a comment <!-- given: ... --> in front of the block. Everything is
// built at once, into one binary, inside the module under test.
package snippets
