// Package docs has the pages of the documentation, and tests that compile and run
// the code in them. It has no code for programs. Begin with the [tour], ten pages
// that each have a program; the [list of pages] has the rest.
//
// [tour]: https://github.com/gostates/gostates/blob/main/docs/tour/README.md
// [list of pages]: https://github.com/gostates/gostates/blob/main/docs/README.md
package docs
