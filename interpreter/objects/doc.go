// Package objects defines the object store that distributed Maps read items
// from and write results to, and three stores that need no service.
//
//	FS(os.DirFS("testdata"))  // read only: testdata/BUCKET/KEY
//	Dir("/var/lib/objects")   // files with atomic puts: /var/lib/objects/BUCKET/KEY
//	Memory("results")         // for tests
//
// The names are those of Amazon S3: a bucket holds objects by key, a key is any
// string, and the slashes in it mean nothing except to the folders of [FS] and
// [Dir].
package objects
