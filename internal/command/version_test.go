package command

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	code, out, err := invokeHere("", "version")
	require.Zero(t, code)
	require.Empty(t, err)
	require.Regexp(t, `^asl \S.* `+runtime.Version()+` `+runtime.GOOS+`/`+runtime.GOARCH+`\nmodels of AWS's services of \d{4}-\d\d-\d\d\n$`, out)
	code, _, err = invokeHere("", "version", "now")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, `asl version: it takes no arguments, such as "now"`)

	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for want, info := range map[string]*debug.BuildInfo{
		"(unknown)":               {},
		"v1.2.3":                  {Main: debug.Module{Version: "v1.2.3"}},
		"(devel) 0123456789ab":    {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "false")}},
		"(devel) 01 with changes": {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{setting("vcs.revision", "01"), setting("vcs.modified", "true")}},
	} {
		require.Equal(t, want, version(info, true))
	}
	require.Equal(t, "(unknown)", version(nil, false))
}
