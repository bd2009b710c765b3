package command

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/gostates/gostates/asl/awsmodel"
)

// printVersion runs asl version, which prints how the command was built.
func printVersion(args []string, s streams) int {
	f := newFlagSet("version", "")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if f.NArg() > 0 {
		printMisuse(f, fmt.Sprintf("it takes no arguments, such as %q", f.Arg(0)), s)
		return exitUsage
	}
	fmt.Fprintf(s.out, "asl %s %s %s/%s\nmodels of AWS's services of %s\n",
		version(debug.ReadBuildInfo()), runtime.Version(), runtime.GOOS, runtime.GOARCH, awsmodel.Date)
	return exitOK
}

// version returns the version of the module, with the commit of a build in a checkout.
func version(info *debug.BuildInfo, ok bool) string {
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	var revision, modified string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = " " + setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			modified = " with changes"
		}
	}
	return info.Main.Version + revision + modified
}
