// The service on the standard library: net/http and encoding/json.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/go-playground/validator/v10"

	"grid/internal/service"
)

var validate = validator.New()

func main() {
	items, err := service.OpenItems()
	if err != nil {
		log.Fatal(err)
	}
	upstreams := service.NewUpstreams()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /items/{number}", func(w http.ResponseWriter, r *http.Request) {
		item, err := items.Find(r.PathValue("number"))
		switch {
		case errors.Is(err, service.ErrNoItem):
			refuse(w, http.StatusNotFound, errors.New("no item "+r.PathValue("number")))
		case err != nil:
			refuse(w, http.StatusInternalServerError, err)
		default:
			answer(w, http.StatusOK, item)
		}
	})
	mux.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		var item service.NewItem
		if !read(w, r, &item) {
			return
		}
		added, err := items.Add(&item)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		answer(w, http.StatusCreated, added)
	})
	mux.HandleFunc("POST /quote", func(w http.ResponseWriter, r *http.Request) {
		var order service.Order
		if !read(w, r, &order) {
			return
		}
		quote, err := service.Price(&order)
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		answer(w, http.StatusOK, quote)
	})
	mux.HandleFunc("POST /digest", func(w http.ResponseWriter, r *http.Request) {
		var document service.Document
		if read(w, r, &document) {
			answer(w, http.StatusOK, service.Summarise(&document))
		}
	})
	mux.HandleFunc("GET /fanout", func(w http.ResponseWriter, r *http.Request) {
		said, err := upstreams.Ask(r.Context())
		if err != nil {
			refuse(w, http.StatusBadGateway, err)
			return
		}
		answer(w, http.StatusOK, said)
	})
	mux.HandleFunc("GET /trees/{depth}", func(w http.ResponseWriter, r *http.Request) {
		depth, err := strconv.Atoi(r.PathValue("depth"))
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, err)
			return
		}
		answer(w, http.StatusOK, service.Plant(depth))
	})
	mux.HandleFunc("GET /runtime", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, service.Runtime())
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}

// read decodes and validates a body; it has answered if it returns false.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(r.Body).Decode(into)
	if err == nil {
		err = validate.Struct(into)
	}
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
	}
	return err == nil
}

func answer(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]string{"detail": err.Error()})
}
