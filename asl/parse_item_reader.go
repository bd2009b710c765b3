package asl

var (
	readerFields       = fields{"Resource": both, "ReaderConfig": both, "Parameters": pathOnly, "Arguments": ataOnly}
	readerConfigFields = fields{"InputType": both, "Transformation": both, "ManifestType": both, "CSVDelimiter": both,
		"CSVHeaderLocation": both, "CSVHeaders": both, "ItemsPointer": both, "MaxItems": both, "MaxItemsPath": pathOnly}
)

func (o *object) itemReader(q QueryLanguage) *ItemReader {
	r := o.child("ItemReader")
	if r == nil {
		return nil
	}
	r.known(readerFields, q)
	r.required("Resource")
	return &ItemReader{
		Node:         r.place(),
		Resource:     r.string("Resource"),
		Parameters:   r.template("Parameters", q),
		Arguments:    r.template("Arguments", q),
		ReaderConfig: r.readerConfig(q),
	}
}

func (o *object) readerConfig(q QueryLanguage) *ReaderConfig {
	c := o.child("ReaderConfig")
	if c == nil {
		return nil
	}
	c.known(readerConfigFields, q)
	c.atMostOne("MaxItems", "MaxItemsPath")
	c.readable()
	return &ReaderConfig{
		Node:              c.place(),
		InputType:         c.enum("InputType", "CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
		Transformation:    c.enum("Transformation", "NONE", "LOAD_AND_FLATTEN"),
		ManifestType:      c.enum("ManifestType", "ATHENA_DATA", "S3_INVENTORY"),
		CSVDelimiter:      c.enum("CSVDelimiter", "COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
		CSVHeaderLocation: c.enum("CSVHeaderLocation", "FIRST_ROW", "GIVEN"),
		CSVHeaders:        c.strings("CSVHeaders"),
		ItemsPointer:      c.itemsPointer(),
		MaxItems:          c.integerOrExpression("MaxItems", q, 0, maxItems),
		MaxItemsPath:      c.numberPath("MaxItemsPath"),
	}
}

// readable checks what a reader has to know of the type of what it reads: that
// decides which other fields there are (recorded).
func (o *object) readable() {
	if o.valueOf("Transformation") == "LOAD_AND_FLATTEN" {
		o.needed("InputType")
	}
	switch o.valueOf("InputType") {
	case "CSV":
		o.needed("CSVHeaderLocation")
	case "JSON":
		o.unsupportedOf("ManifestType", "CSVHeaderLocation", "CSVHeaders")
		return
	case "JSONL", "PARQUET":
		o.unsupportedOf("CSVHeaderLocation", "CSVHeaders")
		return
	}
	if o.valueOf("CSVHeaderLocation") == "GIVEN" {
		o.required("CSVHeaders")
	}
}

// itemsPointer reads a JSON Pointer, which is empty or begins with a slash.
func (o *object) itemsPointer() Opt[string] {
	f := o.string("ItemsPointer")
	if f.Value != "" && f.Value[0] != '/' && !isExpression(f.Value) {
		o.schema(o.member("ItemsPointer").Offset, "ItemsPointer",
			"Invalid input: JSON Pointer expression must start with '/': \"%s\"", f.Value)
	}
	return f
}
