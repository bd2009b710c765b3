package command

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gostates/gostates/internal/template"
)

// findDefinitions replaces folders, DIR/... and globs in arguments by the definitions
// there, each once. Other arguments stay as they are. It returns all that it finds, and
// what is wrong with the others.
//
// A folder stands for everything below it, without hidden folders, node_modules and
// symbolic links. Its definitions are the files that isDefinition reports.
func findDefinitions(arguments []string, isDefinition func(name string) bool) (names []string, err error) {
	var problems []error
	seen := make(map[string]bool)
	add := func(name string) {
		if clean := filepath.Clean(name); name == "-" || !seen[clean] {
			seen[clean] = true
			names = append(names, name)
		}
	}
	for _, argument := range arguments {
		places, err := expandGlob(argument)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", argument, err))
		}
		for _, place := range places {
			folder, isFolder := folderOf(place)
			if !isFolder {
				add(place)
				continue
			}
			if err := walkDefinitions(folder, isDefinition, add); err != nil {
				problems = append(problems, err)
			}
		}
	}
	return names, errors.Join(problems...)
}

// expandGlob returns the regular files and folders that a glob matches: to read a pipe or a
// device could take forever. An argument that is not a
// glob, or that names a file, is returned as it is.
func expandGlob(argument string) ([]string, error) {
	if !strings.ContainsAny(argument, "*?[") {
		return []string{argument}, nil
	}
	if _, err := os.Lstat(argument); err == nil {
		return []string{argument}, nil
	}
	if strings.Contains(argument, "**") {
		return nil, errors.New("** is not known; DIR/... stands for all definitions below DIR")
	}
	places, err := filepath.Glob(argument)
	places = slices.DeleteFunc(places, func(place string) bool {
		info, err := os.Stat(place)
		return err == nil && !info.IsDir() && !info.Mode().IsRegular()
	})
	if err == nil && len(places) == 0 {
		err = errors.New("no file has such a name")
	}
	return places, err
}

// folderOf returns the folder that an argument stands for: DIR for DIR and DIR/... It
// reports false if the argument is not of a folder.
func folderOf(argument string) (folder string, ok bool) {
	slashed := filepath.ToSlash(argument)
	if slashed == "..." {
		return ".", true
	}
	if folder, ok := strings.CutSuffix(slashed, "/..."); ok {
		return filepath.FromSlash(cmp.Or(folder, "/")), true
	}
	info, err := os.Stat(argument)
	return argument, argument != "-" && err == nil && info.IsDir()
}

// walkDefinitions calls found for each definition below a folder, in the order of names.
func walkDefinitions(folder string, isDefinition func(name string) bool, found func(name string)) error {
	n := 0
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != folder && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.Type().IsRegular() && isDefinition(name):
			n++
			found(name)
		}
		return nil
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: no definitions are there", folder)
	}
	return err
}

// isJSONDefinition reports whether a file is a definition in JSON, by its name or by its
// members.
func isJSONDefinition(name string) bool {
	switch {
	case strings.HasSuffix(name, ".asl.json"), strings.HasSuffix(name, ".asl"):
		return true
	case !strings.HasSuffix(name, ".json"):
		return false
	}
	text, err := new(files).readSource(name)
	if err != nil {
		return false
	}
	var machine struct{ StartAt, States json.RawMessage }
	return json.Unmarshal(text, &machine) == nil && machine.StartAt != nil && machine.States != nil
}

// isSource reports whether a file is a definition, or a template with one. A YAML file is
// judged by its lines, so that errors in it are reported.
func isSource(name string) bool {
	switch {
	case isJSONDefinition(name), strings.HasSuffix(name, ".asl.yaml"), strings.HasSuffix(name, ".asl.yml"):
		return true
	}
	switch filepath.Ext(name) {
	case ".json":
		text, err := new(files).readSource(name)
		if err != nil || !inJSON.Match(text) {
			return false
		}
		machines := template.Find(template.Document{JSON: text}, nil)
		return len(machines) > 0 && machines[0].Name != ""
	case ".yaml", ".yml":
		text, err := new(files).readSource(name)
		return err == nil && (inYAML.Match(text) || inResource.Match(text) && resources.Match(text))
	}
	return false
}

var (
	inResource = regexp.MustCompile(`AWS::(?:Serverless|StepFunctions)::StateMachine\b`)
	inJSON     = regexp.MustCompile(inResource.String() + `|"stepFunctions"`)
	resources  = regexp.MustCompile(`(?m)^["']?Resources["']?[ \t]*:`)
	inYAML     = regexp.MustCompile(`(?m)^["']?(?:StartAt|stepFunctions)["']?[ \t]*:`)
)
