//! Where the bytes of files are (RQ9, `FILES_URL`): a folder, or any store that speaks S3, behind the engine's trait.
//!
//! Requests to a store go through the same HTTP client and the same TLS as all others. What must not be here: who may see
//! which file.

use super::config::{FilesAt, S3};
use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use engine::ports::{FileBytes, Files, FilesError};
use futures::{StreamExt as _, TryStreamExt as _};
use http_body_util::BodyExt as _;
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt as _, WriteMultipart,
    aws::AmazonS3Builder,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    },
    local::LocalFileSystem,
    path::Path,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// Parts of an upload that are under way at once; each is five megabytes in memory.
const PARTS_AT_ONCE: usize = 2;
/// The longest that a store may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest that it may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// The store.
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl FileStore {
    /// Opens it; a folder is made when it is missing.
    ///
    /// # Errors
    /// In words that name the variable.
    pub fn open(at: &FilesAt) -> anyhow::Result<Self> {
        match at {
            FilesAt::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("FILES_URL: cannot make the folder {}", folder.display()))?;
                let store = LocalFileSystem::new_with_prefix(folder)
                    .with_context(|| format!("FILES_URL: cannot use the folder {}", folder.display()))?
                    .with_automatic_cleanup(true)
                    // Who sent a file is told that it is there: it must be after a power cut too.
                    .with_fsync(true);
                Ok(FileStore {
                    store: Arc::new(store),
                    prefix: Path::default(),
                })
            }
            FilesAt::S3(s3) => Ok(FileStore {
                store: Arc::new(bucket(s3).context("FILES_URL: the store cannot be set up")?),
                prefix: Path::from(s3.prefix.as_str()),
            }),
        }
    }

    /// Whether it could be opened, without making anything.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    pub fn check(at: &FilesAt) -> anyhow::Result<()> {
        match at {
            FilesAt::Folder(folder) => anyhow::ensure!(
                folder.is_dir() || !folder.exists(),
                "FILES_URL: {} is no folder",
                folder.display()
            ),
            FilesAt::S3(_) => drop(Self::open(at)?),
        }
        Ok(())
    }

    fn path(&self, key: &str) -> Path {
        self.prefix.parts().chain(Path::from(key).parts()).collect()
    }
}

fn bucket(s3: &S3) -> object_store::Result<impl ObjectStore> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_access_key_id(&s3.key_id)
        .with_secret_access_key(&s3.secret.0)
        .with_http_connector(OurHttp);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    builder.build()
}

fn failed(error: Error) -> FilesError {
    match error {
        Error::NotFound { .. } => FilesError::Missing,
        other => FilesError::Failed(other.to_string()),
    }
}

#[async_trait]
impl Files for FileStore {
    async fn put(&self, key: &str, mut bytes: FileBytes<'_>) -> Result<(), FilesError> {
        let mut upload = Upload::begin(self.store.clone(), self.path(key)).await?;
        while let Some(chunk) = bytes.next().await {
            let added = match chunk {
                Ok(chunk) => upload.add(chunk).await,
                Err(broken) => Err(broken),
            };
            if let Err(error) = added {
                if let Some(gone) = upload.call_off() {
                    drop(gone.await);
                }
                return Err(error);
            }
        }
        upload.finish().await
    }

    async fn get(&self, key: &str) -> Result<FileBytes<'static>, FilesError> {
        let found = self.store.get(&self.path(key)).await.map_err(failed)?;
        Ok(found.into_stream().map_err(failed).boxed())
    }

    async fn remove(&self, key: &str) -> Result<(), FilesError> {
        match self.store.delete(&self.path(key)).await.map_err(failed) {
            Err(FilesError::Missing) => Ok(()),
            done => done,
        }
    }
}

/// An upload of several parts. Dropped before its end it is called off, so that a store keeps no parts of it: whoever sends a
/// file may go away at any moment, and what waits for it is dropped then.
struct Upload(Option<WriteMultipart>);

impl Upload {
    /// In a task of its own: an upload that the store has begun must be known, or nobody could call it off.
    async fn begin(store: Arc<dyn ObjectStore>, path: Path) -> Result<Self, FilesError> {
        let (hand_over, taken) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let begun = store.put_multipart(&path).await;
            // Where nobody takes it any more it is dropped here.
            drop(hand_over.send(begun.map(|upload| Self(Some(WriteMultipart::new(upload))))));
        });
        let begun = taken.await.map_err(|error| FilesError::Failed(error.to_string()))?;
        begun.map_err(failed)
    }

    async fn add(&mut self, chunk: Bytes) -> Result<(), FilesError> {
        if let Some(upload) = &mut self.0 {
            upload.wait_for_capacity(PARTS_AT_ONCE).await.map_err(failed)?;
            upload.put(chunk);
        }
        Ok(())
    }

    /// In a task of its own too, which is given: who calls it off may be on the way out.
    fn call_off(&mut self) -> Option<JoinHandle<()>> {
        let upload = self.0.take()?;
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        Some(runtime.spawn(async move {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "an upload could not be called off");
            }
        }))
    }

    /// In a task of its own as well: it is there as a whole in the end, or called off, and the broom knows whole objects that
    /// nobody names.
    async fn finish(mut self) -> Result<(), FilesError> {
        let Some(upload) = self.0.take() else { return Ok(()) };
        match tokio::spawn(upload.finish()).await {
            Ok(done) => done.map(drop).map_err(failed),
            Err(error) => Err(FilesError::Failed(error.to_string())),
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.call_off();
    }
}

/// The HTTP client that everything else of ours uses, for the store.
#[derive(Debug)]
struct OurHttp;

impl HttpConnector for OurHttp {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|source| Error::Generic {
                store: "S3",
                source: source.into(),
            })?;
        Ok(HttpClient::new(Client(client)))
    }
}

#[derive(Debug)]
struct Client(reqwest::Client);

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let request = http::Request::from_parts(parts, reqwest::Body::wrap(body));
        let request = reqwest::Request::try_from(request).map_err(|e| HttpError::new(HttpErrorKind::Request, e))?;
        let answer: http::Response<reqwest::Body> = self.0.execute(request).await.map_err(http_error)?.into();
        let (parts, body) = answer.into_parts();
        Ok(HttpResponse::from_parts(
            parts,
            HttpResponseBody::new(body.map_err(http_error)),
        ))
    }
}

fn http_error(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else if error.is_request() || error.is_body() {
        HttpErrorKind::Interrupted
    } else {
        HttpErrorKind::Unknown
    };
    HttpError::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Secret;
    use axum::{
        Router,
        extract::{Request, State},
        response::{IntoResponse as _, Response},
    };
    use futures::stream;
    use tokio::{
        net::TcpListener,
        sync::{Notify, mpsc},
    };

    /// A bucket that speaks what an upload needs, says what it was asked, and stands still at one thing until it may go on.
    struct Bucket {
        at: &'static str,
        reached: Notify,
        go: Notify,
        done: mpsc::UnboundedSender<&'static str>,
    }

    async fn answer(State(bucket): State<Arc<Bucket>>, request: Request) -> Response {
        let query = request.uri().query().unwrap_or_default();
        let what = match request.method().as_str() {
            "POST" if query.starts_with("uploads") => "begin",
            "PUT" => "part",
            "POST" => "complete",
            _ => "abort",
        };
        drop(request.into_body().collect().await);
        if what == bucket.at {
            bucket.reached.notify_one();
            bucket.go.notified().await;
        }
        let _ = bucket.done.send(what);
        match what {
            "begin" => {
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>".into_response()
            }
            "complete" => {
                "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>".into_response()
            }
            _ => [("etag", "e")].into_response(),
        }
    }

    /// F10: whoever waits for an upload goes away, at each of its steps: it is there as a whole afterwards, or called off.
    #[tokio::test]
    async fn f10_an_upload_that_is_dropped_leaves_no_parts() {
        for (at, end) in [("begin", "abort"), ("part", "abort"), ("complete", "complete")] {
            let (done, mut asked) = mpsc::unbounded_channel();
            let bucket = Arc::new(Bucket {
                at,
                reached: Notify::new(),
                go: Notify::new(),
                done,
            });
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
            let serving = Router::new().fallback(answer).with_state(bucket.clone());
            tokio::spawn(async move { axum::serve(listener, serving).await });
            let files = FileStore::open(&FilesAt::S3(S3 {
                bucket: "files".into(),
                prefix: String::new(),
                region: "us-east-1".into(),
                endpoint: Some(endpoint),
                key_id: "key".into(),
                secret: Secret("secret".into()),
            }))
            .expect("a store");
            let put = tokio::spawn(async move {
                let first = stream::iter([Ok(Bytes::from(vec![0; 6 << 20]))]);
                // Whoever sends it has more to send, but at the end.
                let more = if at == "complete" {
                    stream::empty().boxed()
                } else {
                    stream::pending().boxed()
                };
                files.put("a/b", first.chain(more).boxed()).await
            });
            bucket.reached.notified().await;
            put.abort();
            drop(put.await);
            bucket.go.notify_one();
            let ended = async { while asked.recv().await.is_some_and(|what| what != end) {} };
            let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
            assert!(ended.is_ok(), "dropped at {at}, and no {end} came");
        }
    }
}
