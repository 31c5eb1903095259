//! Where the bytes of files are (RQ9, `FILES_URL`): a folder, or any store that speaks S3, behind the engine's trait.
//!
//! Requests to a store go through the same HTTP client and the same TLS as all others. What must not be here: who may see
//! which file.

use super::config::{FilesAt, S3};
use anyhow::Context as _;
use async_trait::async_trait;
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
        let upload = self.store.put_multipart(&self.path(key)).await.map_err(failed)?;
        let mut upload = WriteMultipart::new(upload);
        loop {
            let broken = match bytes.next().await {
                None => break,
                Some(Err(error)) => error,
                Some(Ok(chunk)) => match upload.wait_for_capacity(PARTS_AT_ONCE).await {
                    Ok(()) => {
                        upload.put(chunk);
                        continue;
                    }
                    Err(error) => failed(error),
                },
            };
            if let Err(error) = upload.abort().await {
                tracing::warn!(key, %error, "an upload could not be called off");
            }
            return Err(broken);
        }
        upload.finish().await.map(drop).map_err(failed)
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
