package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

const (
	index = "docs/README.md"
	tour  = "docs/tour/"
	out   = "docs/site"
)

// markdown reads what GitHub reads, and writes XML, so that tests can parse it. Raw
// HTML, which is only anchors, stays.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Linkify, extension.Strikethrough,
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignStyle))),
	goldmark.WithRendererOptions(html.WithUnsafe(), html.WithXHTML()),
)

//go:embed page.tmpl
var layout string

var pageTemplate = template.Must(template.New("page").Parse(layout))

// page is a Markdown file of the repository. Source is its path.
type page struct {
	Source   string
	Title    string
	Sections []section
	text     []byte
	tree     ast.Node
}

// section is a heading of the second level.
type section struct{ ID, Title string }

// path returns the path of the HTML in docs/site: the path in docs or, for other
// pages, in the repository.
func (p *page) path() string {
	name := strings.TrimSuffix(strings.TrimPrefix(p.Source, "docs/"), ".md")
	if path.Base(name) == "README" {
		name = path.Join(path.Dir(name), "index")
	}
	return name + ".html"
}

// site has the pages in the order in which links lead to them.
type site struct {
	root  string
	pages []*page
}

// writePages replaces the HTML files of docs/site.
func writePages(root string) error {
	files, err := makePages(root)
	if err != nil {
		return err
	}
	old, err := readPages(root)
	if err != nil {
		return err
	}
	for name := range old {
		if err := os.Remove(filepath.Join(root, out, name)); err != nil {
			return err
		}
	}
	for name, content := range files {
		file := filepath.Join(root, out, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // it is published
			return err
		}
	}
	return nil
}

// readPages returns the HTML files of docs/site by their paths in it.
func readPages(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	folder := filepath.Join(root, out)
	err := filepath.WalkDir(folder, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".html" {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, file)
		files[filepath.ToSlash(name)] = content
		return err
	})
	return files, err
}

// makePages returns the HTML files by their paths in docs/site.
func makePages(root string) (map[string][]byte, error) {
	s := &site{root: root}
	if err := s.addPage(index); err != nil {
		return nil, err
	}
	for i := 0; i < len(s.pages); i++ { // the list grows
		p := s.pages[i]
		if !strings.HasPrefix(p.Source, "docs/") {
			continue
		}
		for _, target := range targets(p) {
			if err := s.addTarget(target); err != nil {
				return nil, fmt.Errorf("%s: %w", p.Source, err)
			}
		}
	}
	files := map[string][]byte{}
	for _, p := range s.pages {
		content, err := s.render(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Source, err)
		}
		if files[p.path()] != nil {
			return nil, fmt.Errorf("two pages are %s", p.path())
		}
		files[p.path()] = content
	}
	return files, nil
}

// addTarget adds the page that a path in the repository leads to, if it is new.
func (s *site) addTarget(target string) error {
	info, err := os.Stat(filepath.Join(s.root, target))
	if err != nil {
		return err
	}
	if info.IsDir() {
		target = path.Join(target, "README.md")
		if _, err := os.Stat(filepath.Join(s.root, target)); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	if path.Ext(target) != ".md" || s.find(target) != nil {
		return nil
	}
	return s.addPage(target)
}

// find returns the page of a file or folder, or nil.
func (s *site) find(target string) *page {
	for _, p := range s.pages {
		if p.Source == target || p.Source == path.Join(target, "README.md") {
			return p
		}
	}
	return nil
}

// addPage reads a Markdown file, gives ids to its headings, and drops its comments.
func (s *site) addPage(source string) error {
	content, err := os.ReadFile(filepath.Join(s.root, source))
	if err != nil {
		return err
	}
	p := &page{Source: source, text: bytes.ReplaceAll(content, []byte("\r"), nil)}
	p.tree = markdown.Parser().Parse(text.NewReader(p.text))
	s.pages = append(s.pages, p)
	var hidden []ast.Node
	taken := map[string]int{}
	err = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			if entering && n.HTMLBlockType == ast.HTMLBlockType2 { // a comment
				hidden = append(hidden, n)
			}
		case *ast.Heading:
			if !entering {
				break
			}
			title := plain(n, p.text)
			id := fragment(title)
			if taken[id]++; taken[id] > 1 {
				id = fmt.Sprintf("%s-%d", id, taken[id]-1)
			}
			n.SetAttributeString("id", []byte(id))
			switch n.Level {
			case 1:
				p.Title = title
			case 2:
				p.Sections = append(p.Sections, section{id, title})
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range hidden {
		n.Parent().RemoveChild(n.Parent(), n)
	}
	if err == nil && p.Title == "" {
		err = fmt.Errorf("%s has no heading of the first level", source)
	}
	return err
}

var punctuation = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// fragment returns the id that GitHub gives to a heading.
func fragment(title string) string {
	return strings.ReplaceAll(punctuation.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// plain returns a node without its markup.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Value(source))
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteString(plain(c, source))
		}
	}
	return b.String()
}

// eachLink calls change with the destination of each link and image, and stores its
// result.
func eachLink(p *page, change func(string) string) {
	_ = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Link:
				n.Destination = []byte(change(string(n.Destination)))
			case *ast.Image:
				n.Destination = []byte(change(string(n.Destination)))
			}
		}
		return ast.WalkContinue, nil
	})
}

// targets returns the paths in the repository that a page links to.
func targets(p *page) []string {
	var all []string
	eachLink(p, func(link string) string {
		if target, _, ok := split(p, link); ok {
			all = append(all, target)
		}
		return link
	})
	return all
}

// split returns the path in the repository and the fragment of a link. ok is false for
// links to other sites and inside the page.
func split(p *page, link string) (target, fragment string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.IsAbs() || u.Path == "" {
		return "", "", false
	}
	return path.Join(path.Dir(p.Source), u.Path), u.Fragment, true
}

// link returns the link from the HTML of a page to a path in the repository, or to the
// page made of it.
func (s *site) link(from *page, target string) string {
	if to := s.find(target); to != nil {
		return relative(from, path.Join(out, to.path()))
	}
	link := relative(from, target)
	if info, err := os.Stat(filepath.Join(s.root, target)); err == nil && info.IsDir() {
		link += "/"
	}
	return link
}

// relative returns the link from the HTML of a page to a path in the repository.
func relative(from *page, target string) string {
	link, err := filepath.Rel(path.Join(out, path.Dir(from.path())), target)
	if err != nil {
		panic(err) // both are relative to the root
	}
	return filepath.ToSlash(link)
}

// entry is a line of the list of pages.
type entry struct {
	*page
	Link    string
	Current bool
	Parts   []entry // the other pages of the tour, on a page of the tour
}

// view is the data of the template.
type view struct {
	*page
	Hash         string // SHA-256 of the Markdown
	Style        string
	Markdown     string
	Folder       string // of a README.md outside docs
	Body         template.HTML
	Pages        []entry
	Before, Next *entry // in the tour
}

// unlinkItself replaces the links of a page to itself by their text.
func (s *site) unlinkItself(p *page) {
	var own []ast.Node
	_ = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n, ok := n.(*ast.Link); ok && entering {
			target, fragment, ok := split(p, string(n.Destination))
			if ok && fragment == "" && (target == path.Join(out, p.path()) || s.find(target) == p) {
				own = append(own, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range own {
		for n.HasChildren() {
			n.Parent().InsertBefore(n.Parent(), n, n.FirstChild())
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

func (s *site) render(p *page) ([]byte, error) {
	s.unlinkItself(p)
	eachLink(p, func(link string) string {
		target, fragment, ok := split(p, link)
		if !ok {
			return link
		}
		link = s.link(p, target)
		if fragment != "" {
			link += "#" + fragment
		}
		return link
	})
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, p.text, p.tree); err != nil {
		return nil, err
	}
	v := view{
		page:     p,
		Hash:     fmt.Sprintf("%x", sha256.Sum256(p.text)),
		Style:    relative(p, out+"/style.css"),
		Markdown: relative(p, p.Source),
		Body:     template.HTML(scrollTables.Replace(body.String())), //nolint:gosec // it is made of files of this repository
	}
	if !strings.HasPrefix(p.Source, "docs/") && path.Base(p.Source) == "README.md" {
		v.Folder = relative(p, path.Dir(p.Source)) + "/"
	}
	s.listPages(&v)
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, v)
	return b.Bytes(), err
}

// A wide table scrolls by itself.
var scrollTables = strings.NewReplacer("<table>", `<div class="table"><table>`, "</table>", "</table></div>")

// listPages fills in the list of pages, and the neighbours of a page of the tour.
func (s *site) listPages(v *view) {
	var parts []entry
	first := 0
	for _, p := range s.pages {
		e := entry{page: p, Link: s.link(v.page, p.Source), Current: p == v.page}
		switch {
		case !strings.HasPrefix(p.Source, tour):
			v.Pages = append(v.Pages, e)
		case p.Source == tour+"README.md":
			first = len(v.Pages)
			v.Pages = append(v.Pages, e)
			parts = append(parts, e)
		default:
			parts = append(parts, e)
		}
	}
	if !strings.HasPrefix(v.Source, tour) {
		return
	}
	v.Pages[first].Parts = parts[1:]
	for i := range parts {
		if !parts[i].Current {
			continue
		}
		if i > 0 {
			v.Before = &parts[i-1]
		}
		if i+1 < len(parts) {
			v.Next = &parts[i+1]
		}
	}
}
