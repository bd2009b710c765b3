package asl

import (
	"slices"
	"strings"
)

// checkMapResources refuses an ItemReader or ResultWriter whose resource AWS
// does not support, if the options ask for it.
func (c *checker) checkMapResources(st *MapState) {
	if r := st.ItemReader; r != nil {
		c.requireS3(r.Resource, r.Location, "getObject", "listObjectsV2")
	}
	if w := st.ResultWriter; w != nil {
		c.requireS3(w.Resource, w.Location, "putObject")
	}
}

// warnIgnoredFields warns of fields that an inline Map ignores: only a Map in
// DISTRIBUTED mode uses them (docs/evidence.md#inline-map).
func (c *checker) warnIgnoredFields(st *MapState) {
	p := st.Processor()
	if p == nil || p.Distributed() {
		return
	}
	ignored := func(field string, presence Presence, pos Pos) {
		if presence != Absent {
			c.addWarning(CodeInlineMapIgnores, pos, st.Location+"/"+field, "'%s' has no effect: the Map is not in DISTRIBUTED mode", field)
		}
	}
	ignored("ToleratedFailureCount", st.ToleratedFailureCount.Presence, st.ToleratedFailureCount.Pos)
	ignored("ToleratedFailureCountPath", st.ToleratedFailureCountPath.Presence, st.ToleratedFailureCountPath.Pos)
	ignored("ToleratedFailurePercentage", st.ToleratedFailurePercentage.Presence, st.ToleratedFailurePercentage.Pos)
	ignored("ToleratedFailurePercentagePath", st.ToleratedFailurePercentagePath.Presence, st.ToleratedFailurePercentagePath.Pos)
	object := func(field string, n Node) { ignored(field, Present, n.Pos) }
	if st.ItemReader != nil {
		object("ItemReader", st.ItemReader.Node)
	}
	if st.ItemBatcher != nil {
		object("ItemBatcher", st.ItemBatcher.Node)
	}
	if st.ResultWriter != nil {
		object("ResultWriter", st.ResultWriter.Node)
	}
}

// requireS3 refuses a resource that is none of these actions of Amazon S3.
func (c *checker) requireS3(resource Opt[string], location string, actions ...string) {
	if c.options.Resources != AWSResources || !resource.IsSet() || hasPlaceholder(resource.Value) {
		return
	}
	rest, found := strings.CutPrefix(resource.Value, "arn:aws")
	partition, action, _ := strings.Cut(rest, ":states:::s3:")
	if found && strings.Trim(partition, "abcdefghijklmnopqrstuvwxyz-") == "" && slices.Contains(actions, action) {
		return
	}
	c.addError(CodeSchemaValidationFailed, resource.Pos, location+"/Resource",
		"The field 'Resource' does not match any of the allowed values")
}
