// Package itemreader reads the items of distributed Maps.
//
// A [Reader] is a host's. [ObjectReader] is the one for AWS's resources
// s3:getObject and s3:listObjectsV2, over any [objects.Objects]:
//
//	r := &itemreader.ObjectReader{Objects: objects.Dir("/var/lib/objects")}
//	items, err := r.Open(ctx, &itemreader.Request{
//		Resource:  "arn:aws:states:::s3:getObject",
//		Arguments: value.ObjectOf(value.Member{"Bucket", "b"}, value.Member{"Key", "k.csv"}),
//		Config:    itemreader.Config{InputType: "CSV"},
//	})
//	defer items.Close()
//	for {
//		chunk, err := items.Next(1000, 1<<20)
//		...
//		if chunk.End { break }
//	}
//
// It reads JSON, JSON Lines, CSV, S3 inventories, Athena manifests and listings as
// a stream: the memory it takes grows with the largest item and not with the file.
// Parquet and Zstandard come from other modules, see [Format] and
// [ObjectReader.Decompress].
package itemreader
