package asl

var (
	readerFields       = fields{"Resource": both, "ReaderConfig": both, "Parameters": pathOnly, "Arguments": ataOnly}
	readerConfigFields = fields{"InputType": both, "Transformation": both, "ManifestType": both, "CSVDelimiter": both,
		"CSVHeaderLocation": both, "CSVHeaders": both, "ItemsPointer": both, "MaxItems": both, "MaxItemsPath": pathOnly}
)

func (o *object) parseItemReader(q QueryLanguage) *ItemReader {
	r := o.childObject("ItemReader")
	if r == nil {
		return nil
	}
	r.checkFields(readerFields, q)
	r.requireFields("Resource")
	return &ItemReader{
		Node:         r.nodeOf(),
		Resource:     r.parseString("Resource"),
		Parameters:   r.parseTemplate("Parameters", q),
		Arguments:    r.parseTemplate("Arguments", q),
		ReaderConfig: r.parseReaderConfig(q),
	}
}

func (o *object) parseReaderConfig(q QueryLanguage) *ReaderConfig {
	c := o.childObject("ReaderConfig")
	if c == nil {
		return nil
	}
	c.checkFields(readerConfigFields, q)
	c.requireAtMostOne("MaxItems", "MaxItemsPath")
	c.checkInputType()
	return &ReaderConfig{
		Node:              c.nodeOf(),
		InputType:         c.parseEnum("InputType", "CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
		Transformation:    c.parseEnum("Transformation", "NONE", "LOAD_AND_FLATTEN"),
		ManifestType:      c.parseEnum("ManifestType", "ATHENA_DATA", "S3_INVENTORY"),
		CSVDelimiter:      c.parseEnum("CSVDelimiter", "COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
		CSVHeaderLocation: c.parseEnum("CSVHeaderLocation", "FIRST_ROW", "GIVEN"),
		CSVHeaders:        c.parseStrings("CSVHeaders"),
		ItemsPointer:      c.parseItemsPointer(),
		MaxItems:          c.parseIntegerOrExpression("MaxItems", q, 0, maxItems),
		MaxItemsPath:      c.parseNumberPath("MaxItemsPath"),
	}
}

// checkInputType checks the fields that depend on the type of the input.
func (o *object) checkInputType() {
	if o.fieldValue("Transformation") == "LOAD_AND_FLATTEN" {
		o.requireField("InputType")
	}
	switch o.fieldValue("InputType") {
	case "CSV":
		o.requireField("CSVHeaderLocation")
	case "JSON":
		o.reportUnsupportedFields("ManifestType", "CSVHeaderLocation", "CSVHeaders")
		return
	case "JSONL", "PARQUET":
		o.reportUnsupportedFields("CSVHeaderLocation", "CSVHeaders")
		return
	}
	if o.fieldValue("CSVHeaderLocation") == "GIVEN" {
		o.requireFields("CSVHeaders")
	}
}

// parseItemsPointer parses a JSON Pointer, which is empty or begins with a
// slash.
func (o *object) parseItemsPointer() Opt[string] {
	f := o.parseString("ItemsPointer")
	if f.Value != "" && f.Value[0] != '/' && !isExpression(f.Value) {
		o.reportSchema(o.fieldNode("ItemsPointer").Offset, "ItemsPointer",
			"Invalid input: JSON Pointer expression must start with '/': \"%s\"", f.Value)
	}
	return f
}
