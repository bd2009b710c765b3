package snippets

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Block is a fenced block of a page.
type Block struct {
	Page string // path of the page below the root of the repository, with slashes
	Line int    // line of the first line of Text, from 1
	Lang string // first word of the info string
	Info string // rest of the info string
	Text string
	// Given is the code in a comment <!-- given: ... --> in front of the block. It
	// declares what the surrounding text talks about and readers need not see.
	Given string
}

// Pages returns the README and the pages of docs, below root.
func Pages(root string) ([]string, error) {
	pages := []string{"README.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			path, err = filepath.Rel(root, path)
			pages = append(pages, filepath.ToSlash(path))
		}
		return err
	})
	return pages, err
}

// Blocks returns the fenced blocks of pages, in order.
func Blocks(root string, pages ...string) ([]*Block, error) {
	var all []*Block
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
		if err != nil {
			return nil, err
		}
		all = append(all, parseBlocks(page, string(text))...)
	}
	return all, nil
}

var given = regexp.MustCompile(`(?s)<!-- given:(.*?)-->\n\z`)

// parseBlocks returns the fenced blocks of a page. A fence has three backticks at
// the start of a line.
func parseBlocks(page, text string) []*Block {
	var blocks []*Block
	for at := 0; ; {
		begin := indexLine(text[at:], "```")
		if begin < 0 {
			return blocks
		}
		before := text[:at+begin]
		info, body, _ := strings.Cut(text[at+begin+len("```"):], "\n")
		end := indexLine(body, "```")
		if end < 0 {
			end = len(body)
		}
		b := &Block{Page: page, Line: strings.Count(before, "\n") + 2, Text: body[:end]}
		b.Lang, b.Info, _ = strings.Cut(strings.TrimSpace(info), " ")
		if m := given.FindStringSubmatch(before[at:]); m != nil {
			b.Given = m[1]
		}
		blocks = append(blocks, b)
		at = min(len(text), len(text)-len(body)+end+len("```"))
	}
}

// indexLine returns the offset of the first line that begins with prefix, or -1.
func indexLine(text, prefix string) int {
	if strings.HasPrefix(text, prefix) {
		return 0
	}
	if i := strings.Index(text, "\n"+prefix); i >= 0 {
		return i + 1
	}
	return -1
}
