package page_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/api/page"
)

// The page is part of a program's own site, behind its authentication.
func ExampleHandler() {
	srv, err := api.New(api.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	if _, err := srv.Create("order", []byte(`{"StartAt": "Ship", "States": {"Ship": {"Type": "Succeed"}}}`)); err != nil {
		fmt.Println(err)
		return
	}
	states := page.Handler(srv, page.Options{Prefix: "/states", ReadOnly: true})
	mux := http.NewServeMux()
	mux.HandleFunc("/states/", func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "secret" { // the program's own way
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		states.ServeHTTP(w, r)
	})
	for _, password := range []string{"", "secret"} {
		r := httptest.NewRequest("GET", "http://localhost/states/", nil)
		r.SetBasicAuth("me", password)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.Contains(w.Body.String(), "<b>order</b>"))
	}
	// Output:
	// 401 false
	// 200 true
}
