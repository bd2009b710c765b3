// Package docs has the pages of the documentation, and tests that compile and run
// the code in them. It has no code for programs. Begin with the tour:
//
//   - [Tour]: ten pages, each a program that runs
//   - [Cookbook]: approval, saga, fan-out, polling and others
//   - [Language]: states, fields, queries, errors and quotas, beside AWS
//   - [Migration]: from other engines
//   - [All pages]
//
// [Tour]: https://github.com/gostates/gostates/blob/main/docs/tour/README.md
// [Cookbook]: https://github.com/gostates/gostates/blob/main/docs/cookbook.md
// [Language]: https://github.com/gostates/gostates/blob/main/docs/language.md
// [Migration]: https://github.com/gostates/gostates/blob/main/docs/migration.md
// [All pages]: https://github.com/gostates/gostates/blob/main/docs/README.md
package docs
