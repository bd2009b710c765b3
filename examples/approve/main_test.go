package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// The whole round: an expense, the mail, two days, the answer, the payment. The tasks
// run in a synctest bubble, whose time goes on when all wait.
func TestOffice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mails bytes.Buffer
		o, err := newOffice("http://office", &mails, interpreter.Config{})
		require.NoError(t, err)
		defer o.in.Close()
		call := func(method, target string, form url.Values) (int, string) {
			r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			o.handler().ServeHTTP(w, r)
			synctest.Wait()
			return w.Code, strings.TrimSpace(w.Body.String())
		}
		ask := func(what string) (link, token string) {
			mails.Reset()
			code, link := call("POST", "/expenses", url.Values{"what": {what}, "euros": {"120"}})
			require.Equal(t, http.StatusOK, code)
			text, token, _ := strings.Cut(strings.TrimSpace(mails.String()), ": http://office")
			require.Equal(t, "to be approved: 120 euros for "+what, text)
			return strings.TrimPrefix(link, "http://office"), token
		}
		yes := url.Values{"by": {"Grace"}, "approved": {"true"}}

		link, answer := ask("Train")
		_, text := call("GET", link, nil)
		require.Equal(t, "waits for an answer", text)
		time.Sleep(48 * time.Hour)
		_, text = call("GET", answer, nil)
		require.Contains(t, text, `<form method="post">`)
		_, text = call("GET", link, nil)
		require.Equal(t, "waits for an answer", text, "opening the link does not answer")
		_, text = call("POST", answer, yes)
		require.Equal(t, "thank you", text)
		_, text = call("GET", link, nil)
		require.Equal(t, "paid 120 euros for Train", text)
		code, _ := call("POST", answer, yes)
		require.Equal(t, http.StatusNotFound, code, "an answer counts once")

		link, answer = ask("Plane")
		_, _ = call("POST", answer, url.Values{"by": {"Grace"}})
		_, text = call("GET", link, nil)
		require.Contains(t, text, "Refused: Grace said no")

		link, answer = ask("Boat")
		time.Sleep(73 * time.Hour)
		_, text = call("GET", link, nil)
		require.Contains(t, text, "Refused: nobody answered")
		code, _ = call("POST", answer, yes)
		require.Equal(t, http.StatusNotFound, code)

		code, _ = call("POST", "/answer?token=none", yes)
		require.Equal(t, http.StatusNotFound, code)
		code, _ = call("POST", "/expenses", url.Values{"euros": {"many"}})
		require.Equal(t, http.StatusBadRequest, code)
		code, _ = call("GET", "/expenses/9", nil)
		require.Equal(t, http.StatusNotFound, code)
	})
}
