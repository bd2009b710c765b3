// Generate makes the models of AWS's services, the files of asl/awsmodel/data,
// from the modules in modules.txt. It runs in asl/awsmodel:
//
//	go generate
//
// The go command downloads the modules into its cache.
package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl/awsmodel/internal/names"
)

func main() {
	if err := run("data"); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

//go:embed modules.txt
var moduleLines string

//go:embed corrections.txt
var correctionLines string

// run makes the files of all services in a folder, and removes those of services
// that are gone.
func run(folder string) error {
	pins, err := readPins(moduleLines)
	if err != nil {
		return err
	}
	services, err := models(pins)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.gz"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if services[strings.TrimSuffix(filepath.Base(file), ".gz")] == nil {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(services)) {
		text, err := encode(services[name])
		if err != nil {
			return err
		}
		packed, err := pack(text)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name+".gz"), packed, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// models makes the models of the services of some modules.
func models(pins []pin) (map[string]*service, error) {
	dirs, err := download(pins)
	if err != nil {
		return nil, err
	}
	read := make([][]*service, len(pins))
	for i, p := range pins {
		from := readV2
		if p.path == v1Module {
			from = readV1
		}
		if read[i], err = from(dirs[i]); err != nil {
			return nil, err
		}
	}
	return combine(read, correctionLines)
}

// combine merges the models of each service, of which that of v1 comes first,
// and corrects them.
func combine(read [][]*service, corrections string) (map[string]*service, error) {
	services := map[string]*service{}
	for _, s := range slices.Concat(read...) {
		name := names.Service(s.id)
		if old := services[name]; old != nil {
			merge(s, old)
		}
		services[name] = s
	}
	maps.DeleteFunc(services, func(_ string, s *service) bool { return len(s.operations) == 0 })
	return services, correct(services, corrections)
}

const v1Module = "github.com/aws/aws-sdk-go"

// pin is a module and its version.
type pin struct{ path, version string }

// readPins reads modules.txt. The module of v1 comes first.
func readPins(lines string) (pins []pin, err error) {
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case len(fields) != 2:
			return nil, fmt.Errorf("modules: %q", line)
		default:
			pins = append(pins, pin{fields[0], fields[1]})
		}
	}
	if len(pins) == 0 || pins[0].path != v1Module {
		return nil, fmt.Errorf("modules: %s must come first", v1Module)
	}
	return pins, nil
}

// download returns the folders of modules in the module cache.
func download(pins []pin) ([]string, error) {
	outside, err := os.MkdirTemp("", "generate") // of this module, whose go.sum stays as it is
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(outside)
	arguments := []string{"mod", "download", "-json"}
	for _, p := range pins {
		arguments = append(arguments, p.path+"@"+p.version)
	}
	command := exec.Command("go", arguments...)
	command.Dir, command.Stderr = outside, os.Stderr
	out, failure := command.Output()
	found := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(out))
	for d.More() {
		var m struct{ Path, Dir, Error string }
		if err := d.Decode(&m); err != nil {
			return nil, err
		}
		if m.Error != "" {
			return nil, fmt.Errorf("go mod download: %s", m.Error)
		}
		found[m.Path] = m.Dir
	}
	if failure != nil {
		return nil, fmt.Errorf("go mod download: %w", failure)
	}
	dirs := make([]string, len(pins))
	for i, p := range pins {
		dirs[i] = found[p.path]
	}
	return dirs, nil
}

// pack compresses a model. The result depends on its text and the version of Go.
func pack(text string) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
