//! The service in Rust by hand: axum, serde, rusqlite, reqwest.

mod domain;
mod items;
mod trees;

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use items::Items;

struct Service {
    items: Items,
    client: reqwest::Client,
    upstream: String,
}

/// An error as `{"detail": …}`.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(serde_json::json!({ "detail": self.1 }))).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, rejection.body_text())
    }
}

/// axum's Json with its refusals in this service's form.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Refusal))]
struct Body<T>(T);

#[derive(Serialize)]
struct Fanout {
    values: [i64; 3],
    total: i64,
}

#[derive(Deserialize)]
struct Upstream {
    value: i64,
}

fn broken(error: impl ToString) -> Refusal {
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

async fn find_item(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Result<Json<items::Item>, Refusal> {
    let found = tokio::task::spawn_blocking(move || service.items.find(number)).await;
    match found.map_err(broken)?.map_err(broken)? {
        Some(item) => Ok(Json(item)),
        None => Err(Refusal(StatusCode::NOT_FOUND, format!("no item {number}"))),
    }
}

async fn add_item(
    State(service): State<Arc<Service>>,
    Body(new): Body<items::NewItem>,
) -> Result<(StatusCode, Json<items::Item>), Refusal> {
    let added = tokio::task::spawn_blocking(move || service.items.add(new)).await;
    let item = added.map_err(broken)?.map_err(broken)?;
    Ok((StatusCode::CREATED, Json(item)))
}

async fn quote(Body(order): Body<domain::Order>) -> Result<Json<domain::Quote>, Refusal> {
    let quote = domain::quote(order);
    Ok(Json(quote.map_err(|why| {
        Refusal(StatusCode::BAD_REQUEST, why.to_owned())
    })?))
}

async fn digest(Body(document): Body<domain::Document>) -> Json<domain::Digest> {
    Json(domain::digest(document))
}

async fn ask(service: &Service, number: u32) -> Result<i64, reqwest::Error> {
    let url = format!("{}/up/{number}", service.upstream);
    let answer: Upstream = service.client.get(url).send().await?.json().await?;
    Ok(answer.value)
}

async fn fanout(State(service): State<Arc<Service>>) -> Result<Json<Fanout>, Refusal> {
    let asked = tokio::try_join!(ask(&service, 1), ask(&service, 2), ask(&service, 3));
    let (a, b, c) = asked.map_err(|e| Refusal(StatusCode::BAD_GATEWAY, e.to_string()))?;
    Ok(Json(Fanout {
        values: [a, b, c],
        total: a + b + c,
    }))
}

async fn plant(Path(depth): Path<u32>) -> Json<trees::Trees> {
    Json(trees::plant(depth))
}

async fn runtime() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "language": "rust" }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Arc::new(Service {
        items: Items::open(&std::env::var("GRID_DB")?)?,
        client: reqwest::Client::builder()
            .pool_max_idle_per_host(usize::MAX)
            .build()?,
        upstream: std::env::var("GRID_UPSTREAM")?,
    });
    let app = Router::new()
        .route("/health", get(health))
        .route("/items/{number}", get(find_item))
        .route("/items", post(add_item))
        .route("/quote", post(quote))
        .route("/digest", post(digest))
        .route("/fanout", get(fanout))
        .route("/trees/{depth}", get(plant))
        .route("/runtime", get(runtime))
        .layer(DefaultBodyLimit::max(8 << 20))
        .with_state(service);
    let address = format!("127.0.0.1:{}", std::env::var("PORT")?);
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await?;
    Ok(())
}
