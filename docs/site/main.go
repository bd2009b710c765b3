// Command site writes the documentation as HTML: docs/site/index.html is its first
// page. A browser can open it in a checkout, without a server and a network.
//
//	go generate ./docs
//
// The pages are docs/README.md, the Markdown of this repository that it links to, and
// so on. Folders count as their README.md. Links of pages outside docs are not followed.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := writePages("../.."); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}
