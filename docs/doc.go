// Package docs has the pages of the documentation, and tests that compile and run
// the code in them. It has no code for programs. The pages as HTML, for a browser, are
// in docs/site.
//
//   - The [tour] is ten pages, each with a program.
//   - The [cookbook] has solutions for common problems.
//   - The [language reference] has states, fields, functions, errors and quotas.
//   - [Migration] is for those who come from another engine.
//   - The [list of pages] has the rest.
//
// [tour]: https://github.com/gostates/gostates/blob/main/docs/tour/README.md
// [cookbook]: https://github.com/gostates/gostates/blob/main/docs/cookbook.md
// [language reference]: https://github.com/gostates/gostates/blob/main/docs/language.md
// [Migration]: https://github.com/gostates/gostates/blob/main/docs/migration.md
// [list of pages]: https://github.com/gostates/gostates/blob/main/docs/README.md
package docs

//go:generate go run -C site .
